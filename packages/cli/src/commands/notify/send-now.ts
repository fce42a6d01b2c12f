import { basename, resolve } from 'node:path'
import { refusal } from '@hotcb/commands'
import type { NotifyConfig, NotifyMessage } from '@hotcb/notify'
import { isNotifyError, openNotifyChannels, sendNow } from '@hotcb/notify/node'
import { didYouMean } from '@hotcb/protocol'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { alignColumns } from '../../print/table.ts'
import { portsOf, refusalOfAll } from './notify-config.ts'

/** Sends one message to channels immediately and prints each answer. The exit code is 1 if a channel did not accept it. */
export async function sendToChannels(
  context: CliContext,
  config: NotifyConfig,
  names: readonly string[],
  message: Pick<NotifyMessage, 'title' | 'text' | 'level' | 'rule' | 'phase'>,
): Promise<ExitCode> {
  const wanted = names.length === 0 ? config.channels.map(({ name }) => name) : names
  requireChannels(config, wanted)
  const channels = config.channels.filter(({ name }) => wanted.includes(name))
  const open = await opened({ ...config, channels }, context)
  const whole = { ...message, run: basename(resolve(context.dir)), step: null, metric: null, value: null, action: null }
  const results = await sendNow(open, whole, wanted)
  await open.close()
  const { terminal, json } = context
  if (json) terminal.json({ channels: results })
  else {
    const rows = results.map(({ channel, ok, reason }) => [
      channel,
      ok ? terminal.green('sent') : terminal.red(reason ?? 'failed'),
    ])
    for (const row of alignColumns(rows)) terminal.out(row)
  }
  return results.every(({ ok }) => ok) ? EXIT.done : EXIT.refused
}

function requireChannels({ channels }: NotifyConfig, names: readonly string[]): void {
  const known = channels.map(({ name }) => name)
  if (known.length === 0) throw refusal('no channel is configured')
  for (const name of names) {
    if (known.includes(name)) continue
    throw refusal(`no channel \`${name}\`: ${didYouMean(name, known, `choose from ${known.join(', ')}`)}`)
  }
}

async function opened(config: NotifyConfig, context: CliContext): ReturnType<typeof openNotifyChannels> {
  try {
    return await openNotifyChannels(config, portsOf(context), false)
  } catch (error) {
    if (!isNotifyError(error)) throw error
    throw refusalOfAll(error.problems, context) ?? refusal(error.message)
  }
}
