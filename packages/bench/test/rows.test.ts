import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Arm, plannedRuns, type Row, readRows, runBench, type Suite } from '../src/index.ts'

function file(): string {
  const dir = mkdtempSync(join(tmpdir(), 'bench-rows-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return join(dir, 'rows.jsonl')
}

const TRAINED = {
  ...{ loss: 1, accuracy: 0.5, steps: 10, last: 9, actions: 0, seconds: 2, usd: 0, tokens: 0, weights: 'w' },
}
const ROW: Row = { task: 'one', arm: 'nothing', seed: 1, budget: 10, ...TRAINED }

/** A suite of two tasks whose training runs are recorded. */
function suiteOf(made: string[] = []): Suite {
  const tasks = ['one', 'two'].map((name) => ({ name, title: name, good: null, isGood: false }))
  return {
    tasks,
    train: ({ task, arm, seed, budget }) => {
      made.push(`${task} ${arm.name} ${seed} ${budget}`)
      return Promise.resolve(TRAINED)
    },
  }
}

const ARMS: readonly Arm[] = [
  { name: 'nothing', title: '' },
  { name: 'only-two', title: '', tasks: ['two'] },
]
const PLAN = { tasks: ['one', 'two'], arms: ARMS, seeds: [1, 2], budget: 10, part: { index: 0, of: 1 } }
const clock = (): number => 0

test('a plan proceeds seed by seed, and an arm trains only the tasks that it is for', () => {
  const runs = plannedRuns({ ...PLAN, suite: suiteOf() })
  expect(runs.map(({ task, arm, seed }) => `${seed} ${task} ${arm.name}`)).toEqual([
    '1 one nothing',
    '1 two nothing',
    '1 two only-two',
    '2 one nothing',
    '2 two nothing',
    '2 two only-two',
  ])
  expect(plannedRuns({ ...PLAN, tasks: ['one'], suite: suiteOf() })).toHaveLength(2)
})

test('rows are stored as they arrive, reported with their number, and not repeated', async () => {
  const made: string[] = []
  const path = file()
  const seen: string[] = []
  const onRow = ({ task, seed }: Row, done: number, all: number): void =>
    void seen.push(`${task} ${seed} ${done} ${all}`)
  await runBench({ ...PLAN, suite: suiteOf(made) }, { file: path, clock, onRow })
  expect(made).toHaveLength(6)
  expect(seen).toEqual(['one 1 1 6', 'two 1 2 6', 'two 1 3 6', 'one 2 4 6', 'two 2 5 6', 'two 2 6 6'])
  expect(readRows(path)[0]).toEqual(ROW)
  await runBench({ ...PLAN, suite: suiteOf(made) }, { file: path, clock, onRow })
  expect(made).toHaveLength(6)
  await runBench({ ...PLAN, budget: 11, suite: suiteOf(made) }, { file: path, clock })
  expect(made.slice(6).every((one) => one.endsWith(' 11'))).toBe(true)
  expect(readRows(path)).toHaveLength(12)
})

test('the parts of a bench divide its training runs without overlap', async () => {
  const parts = [0, 1].map(() => [] as string[])
  for (const [index, made] of parts.entries()) {
    await runBench({ ...PLAN, suite: suiteOf(made), part: { index, of: 2 } }, { file: file(), clock })
  }
  expect(parts).toEqual([
    ['one nothing 1 10', 'two only-two 1 10', 'two nothing 2 10'],
    ['two nothing 1 10', 'one nothing 2 10', 'two only-two 2 10'],
  ])
})

test('an aborted bench adds no further row', async () => {
  const made: string[] = []
  const stop = new AbortController()
  const onRow = (): void => stop.abort()
  await runBench({ ...PLAN, suite: suiteOf(made) }, { file: file(), clock, signal: stop.signal, onRow })
  expect(made).toHaveLength(1)
})

test('rows of a model contain its name, and do not count for another model', async () => {
  const path = file()
  const made: string[] = []
  const run = async (model: string): Promise<void> => {
    const plan = { ...PLAN, tasks: ['one'], seeds: [1], arms: [{ name: 'llm', title: '', model }] }
    await runBench({ ...plan, suite: suiteOf(made) }, { file: path, clock })
  }
  await run('a')
  await run('b')
  await run('a')
  expect(readRows(path).map(({ model }) => model)).toEqual(['a', 'b'])
})

test('an incomplete line is left out, and the next row does not become part of it', async () => {
  const path = file()
  writeFileSync(path, `${JSON.stringify(ROW)}\n${JSON.stringify({ ...ROW, seed: 2 }).slice(0, -9)}`)
  expect(readRows(path)).toEqual([ROW])
  await runBench({ ...PLAN, tasks: ['one'], seeds: [2], suite: suiteOf() }, { file: path, clock })
  expect(readRows(path).map(({ seed }) => seed)).toEqual([1, 2])
  const before = readFileSync(path, 'utf8')
  await runBench({ ...PLAN, tasks: ['one'], seeds: [2], suite: suiteOf() }, { file: path, clock })
  expect(readFileSync(path, 'utf8')).toBe(before)
})

test('a line is a row only if it has all texts and numbers', () => {
  const path = file()
  expect(readRows(path)).toEqual([])
  const { model: _, ...fields } = { ...ROW, model: '' }
  const lines = Object.keys(fields).flatMap((name) => [
    { ...fields, [name]: null },
    Object.fromEntries(Object.entries(fields).filter(([other]) => other !== name)),
  ])
  writeFileSync(path, [...lines, [], 7, ROW].map((line) => `${JSON.stringify(line)}\n`).join(''))
  expect(readRows(path)).toEqual([ROW])
})

test('an empty file of rows gets no empty line', async () => {
  const path = file()
  writeFileSync(path, '')
  await runBench({ ...PLAN, tasks: ['one'], seeds: [1], suite: suiteOf() }, { file: path, clock })
  expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(ROW)}\n`)
})
