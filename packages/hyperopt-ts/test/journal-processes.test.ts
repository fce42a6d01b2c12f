import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createStudy, float, int, randomSampler, type Study, type Trial } from '../src/index.ts'
import { journalStorage } from '../src/node.ts'
import { bundle } from './bundle.ts'

const space = { x: float(-5, 10), n: int(1, 9) }
let directory = ''

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hyperopt-ts-journal-'))
  writeFileSync(
    join(directory, 'worker.mjs'),
    await bundle(`import { work } from '@fixtures/journal-worker.ts'\nwork(process.argv.slice(2))`, { minify: false }),
  )
})

afterAll(() => rmSync(directory, { recursive: true }))

function start(journal: string, trials: number, log: string): ChildProcess {
  const program = join(directory, 'worker.mjs')
  return spawn(process.execPath, [program, journal, String(trials), log], { stdio: ['ignore', 'ignore', 'inherit'] })
}

function open(journal: string): Study<typeof space> {
  return createStudy({ space, sampler: randomSampler(), storage: journalStorage(journal) })
}

function logged(path: string): Pick<Trial, 'number' | 'params'>[] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

test('four processes share one journal: each trial is run once, by the process that claimed its number', async () => {
  const journal = join(directory, 'shared', 'study.jsonl')
  const logs = [0, 1, 2, 3].map((i) => join(directory, `log-${i}`))
  const codes = await Promise.all(logs.map(async (log) => (await once(start(journal, 40, log), 'exit'))[0]))
  expect(codes).toEqual([0, 0, 0, 0])
  const storage = journalStorage(journal)
  expect(storage.skipped).toEqual([])
  const study = open(journal)
  expect(study.trials.map((trial) => [trial.number, trial.state])).toEqual(
    Array.from({ length: 160 }, (_, number) => [number, 'complete']),
  )
  const claimed = logs.flatMap(logged).sort((a, b) => a.number - b.number)
  expect(claimed).toEqual(study.trials.map(({ number, params }) => ({ number, params })))
  for (const { params, value, reports } of study.trials) {
    expect([value, reports]).toEqual([(params.x - 2) ** 2 + params.n, [{ step: 1, value }]])
  }
})

test('a killed process leaves its trial running, and the others continue', async () => {
  const journal = join(directory, 'killed.jsonl')
  const log = join(directory, 'log-killed')
  const child = start(journal, 1_000_000, log)
  const study = open(journal)
  const exited = once(child, 'exit')
  while (study.trials.length < 20) {
    study.refresh()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  child.kill('SIGKILL')
  await exited
  // The beginning of a line whose write was interrupted.
  appendFileSync(journal, '{"kind":"tell","number":3,"sta')
  study.refresh()
  const before = study.trials.length
  for (let i = 0; i < 5; i++) study.tell(study.ask(), i)
  for (const { number, state } of study.trials)
    if (state === 'running') study.tell(number, 'failed', 'its process was killed')
  const storage = journalStorage(journal)
  const again = createStudy({ space, sampler: randomSampler(), storage })
  expect(storage.skipped.map(({ problem }) => problem)).toEqual(['is not JSON'])
  expect(again.trials.length).toBe(before + 5)
  expect(again.trials.some(({ state }) => state === 'running')).toBe(false)
  expect(JSON.stringify(again)).toBe(JSON.stringify(study))
})

test('lines that are not events are reported with their numbers, and the other lines are read', () => {
  const journal = join(directory, 'garbage.jsonl')
  const first = open(journal)
  first.tell(first.ask(), 1)
  appendFileSync(journal, '\nhello\n{"kind":"tell","number":-1}\n{"kind":"ask","number":1}\n[]\n\n')
  first.tell(first.ask(), 2)
  const storage = journalStorage(journal)
  const study = createStudy({ space, sampler: randomSampler(), storage })
  expect(study.trials.map(({ value }) => value)).toEqual([1, 2])
  expect(storage.skipped).toEqual([
    { line: 5, problem: 'is not JSON' },
    { line: 6, problem: 'has kind tell and no `number`' },
    { line: 7, problem: 'has no `params`' },
    { line: 8, problem: 'is not an object' },
  ])
})

test('a truncated journal causes an error instead of a wrong result', () => {
  const journal = join(directory, 'cut.jsonl')
  const study = open(journal)
  for (let i = 0; i < 5; i++) study.tell(study.ask(), i)
  truncateSync(journal, 10)
  expect(() => study.ask()).toThrow(`the event appended to \`${journal}\` cannot be read back, the file was truncated`)
})

test('trials in a journal that do not match the space are kept and reported', () => {
  const journal = join(directory, 'other.jsonl')
  const study = open(journal)
  study.tell(study.ask(), 3)
  appendFileSync(journal, '{"kind":"ask","number":1,"params":{"x":99,"n":1}}\n')
  appendFileSync(journal, '{"kind":"tell","number":1,"state":"complete","value":1}\n')
  const again = open(journal)
  expect(again.misfits.map(({ number, params, value, misfit }) => [number, params, value, misfit])).toEqual([
    [1, { x: 99, n: 1 }, 1, '`x` must be from -5 to 10, got 99'],
  ])
  expect([again.best?.number, again.ask().number]).toEqual([0, 2])
})

test('trials of a journal record times and owners', () => {
  const study = open(join(directory, 'times.jsonl'))
  const before = Date.now()
  const trial = study.ask()
  study.tell(trial, 1)
  expect(trial.owner).toBe(`${hostname()}:${process.pid}`)
  expect(trial.startedMs).toBeGreaterThanOrEqual(before)
  expect(trial.endedMs).toBeGreaterThanOrEqual(trial.startedMs ?? Infinity)
})

test('if three processes retry abandoned trials, each trial is retried by one of them', async () => {
  const journal = join(directory, 'stale.jsonl')
  const study = createStudy({ space, sampler: randomSampler(), storage: journalStorage(journal), clock: () => 1000 })
  for (let i = 0; i < 30; i++) study.ask()
  writeFileSync(
    join(directory, 'retry.mjs'),
    await bundle(`import { retry } from '@fixtures/journal-worker.ts'\nretry(process.argv[2])`, { minify: false }),
  )
  const counts = await Promise.all(
    [0, 1, 2].map(async () => {
      const child = spawn(process.execPath, [join(directory, 'retry.mjs'), journal])
      let out = ''
      child.stdout.on('data', (text) => {
        out += text
      })
      await once(child, 'close')
      return Number(out)
    }),
  )
  expect(counts.reduce((a, b) => a + b)).toBe(30)
  study.refresh()
  expect(study.trials.every(({ state, reason }) => state === 'failed' && reason === 'abandoned: no sign of life')).toBe(
    true,
  )
  const again = Array.from({ length: 30 }, () => study.ask())
  expect(again.map(({ params }) => params)).toEqual(again.map(({ retryOf = -1 }) => study.trials[retryOf]?.params))
  expect(new Set(again.map(({ retryOf }) => retryOf)).size).toBe(30)
  expect(study.ask().retryOf).toBeUndefined()
})
