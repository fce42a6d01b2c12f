import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { expect, test } from 'vitest'
import { inspectSweep } from '../src/node/inspect-sweep.ts'
import { hostMark } from '../src/node/paths.ts'
import { openWorkspace } from '../src/node.ts'
import { attemptIn, writtenWorkspace } from './written-workspace.ts'

const YAML = 'name: t\nlauncher: ./l.sh\ngrid: all\nparameters:\n  lr: {type: discrete, values: [1, 2, 3, 4]}\n'
const FOUR = [1, 2, 3, 4].map((lr) => ({ lr }))

test('attempts that run here are strays if the journal does not contain them, or records them as ended', async () => {
  const sweep = await writtenWorkspace(
    YAML,
    FOUR,
    ...[...attemptIn(0, 'completed'), ...attemptIn(1, 'running'), ...attemptIn(3, 'failed')],
  )
  const folder = join(sweep.workspace.paths.marks, '0')
  mkdirSync(folder, { recursive: true })
  const here = `local:${hostMark()}:${process.pid}:${processStart()}:5:`
  const mark = (name: string, target = here): void => symlinkSync(target, join(folder, name))
  for (const name of ['0-1', '0-2', '1-1', '2-1', '3-1', '7-1']) mark(name)
  // The wrapper of this attempt has exited.
  mark('3-1.0=1', '9')
  // These are not processes on this machine, or they have ended without a mark.
  mark('2-2', 'slurm:7_1:n1:5')
  mark('2-3', here.replace(hostMark(), 'far-away'))
  mark('2-4', `local:${hostMark()}:999999999:x:5:`)
  expect([...inspectSweep(sweep.workspace).strays].sort()).toEqual(['0-1', '0-2', '2-1', '7-1'])
})

test('journal lines are counted as valid, malformed, cut off, or written after the claim was lost', async () => {
  const sweep = await writtenWorkspace(YAML, FOUR)
  const { lines } = inspectSweep(sweep.workspace).journal
  const line = (k: number, fields: object) => JSON.stringify({ n: 5, k, ts: 1, ...fields, by: '' })
  const places = sweep.workspace.journal.lines().map(({ n, k }) => [n, k] as const)
  /** The first line of a writer that had read the whole journal except for some lines. */
  const open = (k: number, except = 0) => line(k, { type: 'open', host: 'h', pid: 1, start: null, token: 't', command: 'c', after: places.at(-1 - except) }) // biome-ignore format: short
  const told = (k: number) => line(k, { type: 'exported', sha256: 'a' })
  const count = (...texts: readonly string[]) => {
    writeFileSync(join(sweep.workspace.paths.journal, '999999999-x.jsonl'), texts.join('\n'))
    const other = openWorkspace(sweep.root)
    const { lines: all, ...rest } = inspectSweep(other).journal
    other.close()
    return { lines: all - lines, ...rest }
  }
  expect(count()).toEqual({ lines: 0, bad: 0, torn: 0, void: 0 })
  expect(count(open(0), told(1), '')).toEqual({ lines: 2, bad: 0, torn: 0, void: 0 })
  // A suspended process wrote two lines after this writer had taken over.
  expect(count(open(0, 2), told(1), '')).toEqual({ lines: 2, bad: 0, torn: 0, void: 2 })
  expect(count(open(0), told(1).slice(0, 20), open(0), '')).toMatchObject({ lines: 2, bad: 0, torn: 1 })
  expect(count(open(0), '{"', told(1), '')).toMatchObject({ lines: 2, bad: 1, torn: 0 })
  expect(count(open(0), '{"n":', '{"n":5', '')).toMatchObject({ lines: 1, bad: 1, torn: 1 })
  // A complete line of an unknown type does not count as cut off.
  expect(count(line(0, { type: 'other' }), open(0), '')).toMatchObject({ lines: 1, bad: 1, torn: 0 })
  expect(count('nonsense', open(0), '{"nope', '')).toMatchObject({ lines: 1, bad: 2, torn: 0 })
})
