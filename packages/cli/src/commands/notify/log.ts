import { readLines } from '@hotcb/journal'
import { createDeliveryFold, type Delivery, deliveryDetail } from '@hotcb/notify'
import { isObject, type JsonObject, parseJson } from '@hotcb/protocol'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { alignColumns } from '../../print/table.ts'
import type { Terminal } from '../../print/terminal.ts'
import { openRun } from '../../run.ts'

const DEFAULT_LAST = 20

/** `hotcb notify log`. */
export const notifyLogCommand: CliCommand = cliCommand({
  args: {
    last: {
      type: 'string',
      alias: 'n',
      number: 'whole',
      valueHint: 'N',
      description: `The last N messages. Default: ${DEFAULT_LAST}; with \`--json\` all.`,
    },
  },
  about: [
    'For each message, shows its time, its channel, whether it was sent, the number of attempts, and why it failed. The command reads `hotcb.notify.jsonl`, so no notifier needs to be running.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 notify log', does: 'the last 20 messages' },
    { type: 'hotcb notify log --json', does: 'all messages, one per line' },
  ],
  run(args, { dir, json, terminal }) {
    const deliveries = readDeliveries(openRun(dir).path('notify'))
    const count = args.last === undefined ? (json ? deliveries.length : DEFAULT_LAST) : Number(args.last)
    const shown = count === 0 ? [] : deliveries.slice(-count)
    if (json) for (const delivery of shown) terminal.json(delivery)
    else if (deliveries.length === 0) terminal.out('no messages were sent')
    else for (const row of alignColumns(shown.map((one) => cellsOf(one, terminal)))) terminal.out(row)
    return EXIT.done
  },
})

function readDeliveries(path: string): readonly Delivery[] {
  const fold = createDeliveryFold()
  for (const { text } of readLines(path)) {
    const parsed = parseJson(text)
    // The cast is safe, because the value was parsed from JSON.
    if (parsed.ok && isObject(parsed.value)) fold.take(parsed.value as JsonObject)
  }
  return fold.deliveries()
}

function cellsOf(delivery: Delivery, terminal: Terminal): readonly string[] {
  const { ts, channel, state, message } = delivery
  const colour = { sent: terminal.green, due: terminal.yellow, failed: terminal.red, dropped: terminal.dim }[state]
  const when = new Date(ts * 1000).toISOString().replace('T', ' ').slice(0, 19)
  return [when, channel, `${colour(state)}${deliveryDetail(delivery)}`, message?.title ?? '']
}
