import { type CallbackStatus, readCallbacks } from '../callback-status.ts'
import { type CliCommand, cliCommand } from '../command.ts'
import { refusal } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import { openRun } from '../run.ts'
import { alignColumns } from '../table.ts'
import type { Terminal } from '../terminal.ts'

/** `hotcb cb list`. */
export const cbListCommand: CliCommand = cliCommand({
  args: {},
  about: [
    'As the trainer last told, at most a second ago while it runs: calls, errors, milliseconds a call (mean and longest), and the part of the wall time that each callback took of the last hundred safe points.',
  ],
  examples: [{ type: 'hotcb --dir runs/exp-001 cb list', does: 'all of them' }],
  run(_args, context) {
    const { terminal, json, dir } = context
    const callbacks = readCallbacks(openRun(dir))
    if (callbacks === undefined) {
      throw refusal(
        `no trainer of \`${dir}\` told of callbacks`,
        'its kernel needs the module `callbacks()` of @hotcb/cb',
      )
    }
    if (json) terminal.out(JSON.stringify(Object.fromEntries(callbacks.map(({ id, raw }) => [id, raw]))))
    else if (callbacks.length === 0) terminal.out('no callback is loaded')
    else for (const row of rows(callbacks, terminal)) terminal.out(row)
    return EXIT.done
  },
})

function rows(callbacks: readonly CallbackStatus[], terminal: Terminal): readonly string[] {
  const { bold, dim } = terminal
  const head = ['id', 'state', 'calls', 'errors', 'mean ms', 'max ms', 'share', 'from'].map(dim)
  const lines = callbacks.map((one) => [
    bold(one.id),
    stateOf(one, terminal),
    String(one.calls),
    String(one.errors),
    one.meanMs.toFixed(3),
    one.maxMs.toFixed(3),
    one.share === null ? '-' : `${(one.share * 100).toFixed(1)} %`,
    `${originOf(one, terminal)}${one.reason === null ? '' : dim(`  ${one.reason}`)}`,
  ])
  return alignColumns([head, ...lines])
}

function originOf({ loaded, target, params }: CallbackStatus, { dim }: Terminal): string {
  if (!loaded) return dim(`parameters are kept for it: ${Object.keys(params).join(', ')}`)
  return target === null ? dim('the trainer') : `${target.path} ${target.symbol}`
}

function stateOf({ loaded, enabled, reason }: CallbackStatus, { green, yellow, red }: Terminal): string {
  if (!loaded) return yellow('not loaded')
  if (enabled) return green('enabled')
  return reason === null ? yellow('disabled') : red('taken out')
}
