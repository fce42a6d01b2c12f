import { mkdirSync, realpathSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { emptyRow, RunRowReader } from '../../src/server/run-row.ts'
import type { RunRow } from '../../src/shared/wire.ts'
import { temporaryRoot } from '../fixture.ts'

/** A run directory with these files, as objects, as lines or as text. They were written at second 1000, unless `isNew`. */
function runWith(files: Record<string, unknown>, isNew = false) {
  const dir = realpathSync(temporaryRoot())
  const write = (name: string, content: unknown, seconds = 1000): void => {
    const lines = Array.isArray(content) ? content.map((line) => `${JSON.stringify(line)}\n`).join('') : undefined
    const path = join(dir, `hotcb.${name}`)
    writeFileSync(path, lines ?? (typeof content === 'string' ? content : JSON.stringify(content)))
    if (!isNew) utimesSync(path, seconds, seconds)
  }
  for (const [name, content] of Object.entries(files)) write(name, content)
  const run = { id: 'r', name: 'runs/r', dir, roots: [dir] }
  const reader = new RunRowReader(run)
  const expected = (changes: Partial<RunRow>): RunRow => ({ ...emptyRow(run), updated: 1000, ...changes })
  return { dir, run, write, reader, expected }
}

function points(steps: readonly number[], metrics: (step: number) => Record<string, unknown>, secondsPerStep = 2) {
  return steps.map((step) => ({ step, wall_time: 100 + step * secondsPerStep, metrics: metrics(step) }))
}

const LINE = {
  epoch: null, event: 'train_step_end', phase: null, id: 'main', decision: 'applied', params: null, payload: null,
  error: null, traceback: null, notes: null, wall_time: 7, cid: null, writer: null, offset: null, author: null,
  call: 0, old: null, of: null, reverts: null, ranks: null, source: 'cli', module: 'opt', op: 'set_params', attempt: 1,
} // biome-ignore format: fields

const OPENING = {
  ...LINE,
  seq: 1,
  step: 0,
  module: 'core',
  op: 'attempt',
  payload: { n: 1, token: 'a', step: 0, cut: false },
}

function setLr(seq: number, more: object = {}): object {
  return { ...LINE, seq, step: seq * 10, payload: { lr: seq }, ...more }
}

test('an empty directory is a run that is idle, and its row does not change', async () => {
  const { reader, expected, run } = runWith({})
  expect(reader.row).toEqual(emptyRow(run))
  expect(await reader.refresh()).toBe(false)
  expect(reader.row).toEqual(expected({ updated: 0 }))
  expect([reader.state, reader.protocol, reader.stateMs, reader.about]).toEqual([undefined, undefined, null, undefined])
  expect(reader.freeze.value).toBe(undefined)
  expect([reader.lastOf('loss'), [...reader.metricNames()], [...reader.params]]).toEqual([null, [], []])
})

test('without a state document, new metrics show that a run is running, with its speed', async () => {
  const { reader, expected, dir } = runWith({ 'metrics.jsonl': points([0, 1, 9], (step) => ({ loss: step })) }, true)
  const updated = statSync(join(dir, 'hotcb.metrics.jsonl')).mtimeMs / 1000
  expect(await reader.refresh()).toBe(true)
  const row = {
    status: 'running',
    step: 9,
    steps_per_second: 0.5,
    key_metric: { name: 'loss', value: 9, final: false },
  } as const
  expect(reader.row).toEqual(expected({ ...row, updated }))
  expect(await reader.refresh()).toBe(false)
})

test('a run whose metrics are old is idle, and has no speed', async () => {
  const { reader, expected } = runWith({ 'metrics.jsonl': points([0, 1], () => ({ val_loss: 5, lr: 1 })) })
  expect(await reader.refresh()).toBe(true)
  expect(reader.row).toEqual(expected({ step: 1, key_metric: { name: 'val_loss', value: 5, final: false } }))
})

test.each<[string, object[], number | null]>([
  ['of one line', points([5], () => ({ a: 1 })), null],
  ['of lines at the same time', points([1, 5], () => ({ a: 1 }), 0), null],
  [
    'of lines without a time',
    [
      { step: 1, metrics: { a: 1 } },
      { step: 5, metrics: { a: 1 } },
    ],
    null,
  ],
  ['of a run that went back', points([5, 1], () => ({ a: 1 }), -1), 0],
  ['of a fast run', points([0, 100], () => ({ a: 1 }), 0.001), 1000],
])('the speed %s is measured between the first and the last line', async (_, lines, speed) => {
  const { reader } = runWith({ 'metrics.jsonl': lines }, true)
  await reader.refresh()
  const { status, steps_per_second } = reader.row
  expect([status, steps_per_second === null ? null : Math.round(steps_per_second * 1e6) / 1e6]).toEqual([
    'running',
    speed,
  ])
})

test('a run that is completed is finished, and shows its final values', async () => {
  const about = {
    run_id: 'r', key_metric: 'acc', max_steps: 50, seed: 3, config: 'digits', started_at: '2026-01-01T00:00:00Z',
    completed_at: '2026-01-02T00:00:00Z', final_metrics: { acc: 0.9, lost: null, only: 4 },
  } // biome-ignore format: fields
  const lines = points([0, 1], (step) => ({ acc: step, other: 2, text: 'x' }))
  const { reader, expected, write } = runWith({ 'run.json': about, 'metrics.jsonl': lines })
  await reader.refresh()
  const shown = { max_steps: 50, seed: 3, config: 'digits', started_at: about.started_at, step: 1 }
  expect(reader.row).toEqual(
    expected({ ...shown, status: 'finished', key_metric: { name: 'acc', value: 0.9, final: true } }),
  )
  expect(['acc', 'lost', 'only', 'other', 'none', 'toString'].map((name) => reader.lastOf(name))).toEqual([
    0.9,
    null,
    4,
    2,
    null,
    null,
  ])
  expect([...reader.metricNames()].sort()).toEqual(['acc', 'lost', 'only', 'other', 'text'])
  write('run.json', { ...about, completed_at: null }, 2000)
  expect(await reader.refresh()).toBe(true)
  expect(reader.row).toEqual(
    expected({ ...shown, updated: 2000, status: 'idle', key_metric: { name: 'acc', value: 1, final: false } }),
  )
  write('run.json', { ...about, key_metric: 'absent' }, 3000)
  await reader.refresh()
  expect(reader.row.key_metric).toEqual({ name: 'absent', value: null, final: false })
})

test('the newest value of a metric may be in an earlier line, and a step far from the others is not shown', async () => {
  const lines = [
    ...points([...Array(30).keys()], (step) => ({ loss: step, rare: step })),
    { step: 30, metrics: { loss: null } },
    { step: 1e12, metrics: {} },
  ]
  const { reader } = runWith({ 'metrics.jsonl': lines })
  await reader.refresh()
  expect([reader.row.step, reader.lastOf('loss'), reader.lastOf('rare')]).toEqual([30, null, 29])
})

test('the last change is the newest applied one; without any, the newest refused one, else the newest routine line', async () => {
  const save = { ...LINE, seq: 9, step: 90, source: 'trainer', module: 'core', op: 'checkpoint', params: { tag: 't' } }
  const refused = setLr(8, { decision: 'failed', author: 'ada', params: { lr: 8 } })
  const { reader, write } = runWith({ 'applied.jsonl': [OPENING] })
  const last = async (lines: object[], seconds: number) => {
    write('applied.jsonl', lines, seconds)
    await reader.refresh()
    return reader.row.last_change
  }
  expect(await last([OPENING], 1)).toBe(null)
  const change = { seq: 9, step: 90, source: 'trainer', author: null, decision: 'applied', wall_time: 7 }
  expect(await last([OPENING, save], 2)).toEqual({ ...change, text: 'checkpoint save t' })
  expect(await last([OPENING, refused, save], 3)).toEqual({
    ...{ seq: 8, step: 80, source: 'cli', author: 'ada', decision: 'failed', wall_time: 7 },
    text: 'lr = 8',
  })
  expect(await last([OPENING, setLr(2), setLr(3), refused, save], 4)).toEqual({
    ...{ seq: 3, step: 30, source: 'cli', author: null, decision: 'applied', wall_time: 7 },
    text: 'lr = 3',
  })
})

test('files that cannot be read are problems of the row, and what was read before remains', async () => {
  const { reader, dir, write, expected } = runWith({})
  mkdirSync(join(dir, 'hotcb.log'))
  write('metrics.jsonl', 'no metrics\n')
  write('applied.jsonl', 'no ledger\n')
  await reader.refresh()
  const path = (name: string) => `\`${join(dir, `hotcb.${name}`)}\``
  expect(reader.row).toEqual(expected({ problem: expect.any(String) }))
  const problems = (reader.row.problem ?? '').split('; ')
  expect(problems.slice(1).sort()).toEqual(
    [
      `${path('applied.jsonl')} does not end with a valid line`,
      `${path('metrics.jsonl')} does not end with a valid line`,
    ].sort(),
  )
  expect(problems[0]).toContain(join(dir, 'hotcb.log'))
  write(
    'metrics.jsonl',
    points([4], () => ({ a: 1 })),
    1001,
  )
  write('applied.jsonl', [setLr(2)], 1001)
  await reader.refresh()
  expect(reader.row.problem).toBe(problems[0])
})

test('an incomplete first line is not a problem', async () => {
  const { reader, expected } = runWith({ 'metrics.jsonl': '{"step":', 'applied.jsonl': '{"seq"' })
  await reader.refresh()
  expect(reader.row).toEqual(expected({}))
})
