import { statSync } from 'node:fs'
import { readLastLines } from '@hotcb/journal'
import { nearest, printable } from '@hotcb/protocol'
import { readCallbacks } from '../callback-status.ts'
import { type CliCommand, cliCommand } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { followLines } from '../follow-lines.ts'
import { openRun, type Run } from '../run.ts'
import type { Terminal } from '../terminal.ts'

/** `hotcb cb logs ID`. */
export const cbLogsCommand: CliCommand = cliCommand({
  args: {
    id: { type: 'positional', required: true, valueHint: 'ID', description: 'The callback.' },
    last: {
      type: 'string',
      alias: 'n',
      number: 'whole',
      default: '20',
      valueHint: 'N',
      description: 'The last N lines. Default: 20.',
    },
    follow: { type: 'boolean', alias: 'f', description: 'Go on with what comes, until ctrl-c.' },
  },
  about: ['Lines of `hotcb.log` that are the callback’s: what it logged, what it threw, and that it blocked.'],
  examples: [{ type: 'hotcb --dir runs/exp-001 cb logs feat_viz --follow', does: 'as they come' }],
  completes: 'callbacks',
  async run(args, context) {
    const { id } = args
    const { terminal, json } = context
    const run = openRun(context.dir)
    const path = run.path('log')
    const print = printer(id, terminal, json)
    const from = statSync(path, { throwIfNoEntry: false })?.size ?? 0
    const lines = lastLines(path, id, Number(args.last))
    for (const line of lines) print(line)
    if (lines.length === 0 && Number(args.last) > 0) terminal.err(nothingOf(id, run))
    if (args.follow !== true) return EXIT.done
    await followLines(path, from, ({ text }) => {
      if (isOf(text, id)) print(text)
    })
    return EXIT.interrupted
  },
})

function nothingOf(id: string, run: Run): string {
  const known = (readCallbacks(run) ?? []).map((one) => one.id)
  const near = known.includes(id) ? [] : nearest(id, known)
  const hint = near.length > 0 ? `: did you mean \`${near.join('` or `')}\`?` : ''
  return `nothing of \`${id}\` in the log${hint}`
}

function isOf(line: string, id: string): boolean {
  return line.includes(markOf(id))
}

// The log is written in printable text.
function markOf(id: string): string {
  return `[cb ${printable(id)}] `
}

/** The last lines of one callback, oldest first; the log is read from its end, in pieces. */
function lastLines(path: string, id: string, count: number): readonly string[] {
  const pages: (readonly string[])[] = []
  let missing = count
  let before = Number.POSITIVE_INFINITY
  while (missing > 0) {
    const lines = readLastLines(path, PAGE_LINES, { before })
    const own = lines.map(({ text }) => text).filter((text) => isOf(text, id))
    const taken = own.slice(-missing)
    pages.unshift(taken)
    missing -= taken.length
    const first = lines[0]
    if (first === undefined || first.offset === 0) break
    before = first.offset
  }
  return pages.flat()
}

const PAGE_LINES = 1024

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
