import { chmodSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { removeDirectory } from '../../../../test/remove-directory.ts'
import { type EndedHere, type HereOptions, runHere } from '../here.ts'
import { MARKS } from '../marked-terminal.ts'
import { transcript as transcriptOf } from '../transcript.ts'

type Event = Readonly<Record<string, unknown>> & { readonly type: string }

/** A sweep whose journal the test wrote. */
export interface WrittenSweep {
  readonly root: string
  /** Writes a file in the workspace. */
  file(name: string, text: string): void
  /** Runs `hotcb sweep WORDS ROOT` in this process. In its output the path of the sweep is `ROOT`, and styles are tags. */
  herd(line: string, options?: HereOptions): Promise<EndedHere>
}

/** The time of the first line of a journal: 2026-01-01 12:00:00. The next lines are a second apart. */
export const BEGIN = 1_767_268_800

/** @param names The trials, each with a parameter `x` that is its index. */
export function writtenSweep(yaml: string, names: readonly string[], ...events: readonly Event[]): WrittenSweep {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'hotcb-written-')))
  onTestFinished(() => removeDirectory(root))
  const file = (name: string, text: string): void => {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  file('hyperherd.yaml', yaml)
  file('l.sh', '#!/bin/bash\nexit 0\n')
  chmodSync(join(root, 'l.sh'), 0o755)
  const trials = names.map((name, i) => ({ i, hash: `h${i}`, params: { x: i }, extras: {}, name }))
  const all: readonly Event[] = [
    { type: 'open', host: hostname(), pid: 1, start: null, token: 't', command: 'run', after: [0, 0] },
    { type: 'config', sha256: 's', text: yaml },
    ...(names.length === 0 ? [] : [{ type: 'plan', trials }]),
    ...events,
  ]
  const lines = all.map(({ type, ...rest }, k) =>
    JSON.stringify({ n: 1, k, ts: BEGIN + k, type, by: 'ann@host', ...rest }),
  )
  if (names.length > 0) file(`.hyperherd/journal/${hostname()}.jsonl`, lines.map((line) => `${line}\n`).join(''))
  const named = (text: string): string => text.replaceAll(root, 'ROOT')
  return {
    root,
    file,
    async herd(line, options = {}) {
      const [name = '', ...words] = line.split(' ').map((word) => word.replace('ROOT', root))
      const terminal = { ...MARKS, ...options.terminal }
      const { code, out, err } = await runHere(['sweep', name, root, ...words], { ...options, terminal })
      return { code, out: named(out), err: named(err) }
    },
  }
}

/** Returns the output that a user sees for command lines that run one after the other. */
export function transcript({ herd }: Pick<WrittenSweep, 'herd'>, lines: readonly string[]): Promise<string> {
  return transcriptOf(async (line) => {
    const ended = await herd(line)
    return line.includes('--watch') ? { ...ended, out: withoutProgress(ended.out) } : ended
  }, lines)
}

/** Removes the progress lines: a running sweep prints its totals whenever they change. */
function withoutProgress(out: string): string {
  return out.replace(/^Total: .*\n(?=[\s\S])/gm, '')
}

/** Returns the events that bring an attempt into a state. */
export function attemptIn(i: number, state: string, facts: object = {}, n = 1, executor = 'local'): readonly Event[] {
  const sid = `s${i}-${n}`
  return [
    { type: 'intent', sid, executor, attempts: [[i, n]] },
    { type: 'sent', sid, job: `7${i}` },
    { type: 'seen', rows: [[i, n, 0, state, facts]] },
  ]
}

/** Returns the curve of one metric, with a value at each step, in the format of a run directory. */
export function curve(name: string, ...values: readonly (number | null)[]): string {
  const lines = values.map((value, at) => ({ step: at + 1, wall_time: BEGIN + at, metrics: { [name]: value } }))
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

/** The config of a sweep with one parameter. */
export const YAML = `name: t
grid: all
launcher: ./l.sh
objective: {metric: loss, direction: min}
parameters:
  x: {type: discrete, values: [0, 1, 2, 3, 4]}
`

/** Creates a sweep that was never run, whose launcher is a bash script. */
export function newSweep(launcher: string): WrittenSweep {
  const sweep = writtenSweep(YAML.replace('[0, 1, 2, 3, 4]', '[1, 2]'), [])
  sweep.file('l.sh', `#!/bin/bash\n${launcher}\n`)
  return sweep
}
