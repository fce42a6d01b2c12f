import { CB_DESCRIPTOR, nearest, printable } from '@hotcb/protocol'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import type { Terminal } from '../../print/terminal.ts'
import { openRun, type Run } from '../../run.ts'
import { followUntilInterrupted } from '../../until-interrupted.ts'
import { readCallbacks } from './callback-status.ts'

/** `hotcb cb logs ID`. */
export const cbLogsCommand: CliCommand = cliCommand({
  args: {
    id: {
      type: 'positional',
      required: true,
      valueHint: 'ID',
      description: 'The callback.',
      completes: { kind: 'handles', module: CB_DESCRIPTOR.name },
    },
    last: {
      type: 'string',
      alias: 'n',
      number: 'whole',
      default: '20',
      valueHint: 'N',
      description: 'The last N lines. Default: 20.',
    },
    follow: { type: 'boolean', alias: 'f', description: 'Print new lines as they arrive, until Ctrl-C is pressed.' },
  },
  about: ['Shows the lines in `hotcb.log` that belong to the callback: its messages, its errors, and when it blocked.'],
  examples: [{ type: 'hotcb --dir runs/exp-001 cb logs feat_viz --follow', does: 'show new lines as they arrive' }],
  async run(args, context) {
    const { id } = args
    const { terminal, json } = context
    const run = openRun(context.dir)
    const print = printer(id, terminal, json)
    // Start following first, so that lines written in the meantime are not missed.
    const follow = run.follow('log', 'end')
    const lines = run.last('log', Number(args.last), ({ value, offset }) => offset < follow.offset && isOf(value, id))
    for (const { value } of lines) print(value)
    if (lines.length === 0 && Number(args.last) > 0) terminal.err(nothingOf(id, run))
    if (args.follow !== true) {
      follow.close()
      return EXIT.done
    }
    await followUntilInterrupted(follow, ({ value }) => {
      if (isOf(value, id)) print(value)
    })
    return EXIT.interrupted
  },
})

function nothingOf(id: string, run: Run): string {
  const known = (readCallbacks(run) ?? []).map((one) => one.id)
  const near = known.includes(id) ? [] : nearest(id, known)
  const hint = near.length > 0 ? `: did you mean \`${near.join('` or `')}\`?` : ''
  return `the log has no lines of \`${id}\`${hint}`
}

function isOf(line: string, id: string): boolean {
  return line.includes(markOf(id))
}

// Escaped in the same way as the log, which contains only printable text.
function markOf(id: string): string {
  return `[cb ${printable(id)}] `
}

function printer(id: string, terminal: Terminal, json: boolean): (line: string) => void {
  const mark = markOf(id)
  return (line) => {
    const at = line.indexOf(mark)
    const time = line.slice(0, Math.max(0, line.indexOf(' ')))
    const text = line.slice(at + mark.length)
    if (json) terminal.json({ time, id, text })
    else terminal.out(`${terminal.dim(time)} ${text}`)
  }
}
