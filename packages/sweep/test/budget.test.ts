import { expect, test } from 'vitest'
import type { Budget } from '../src/config/config.ts'
import { readConfig } from '../src/config/read-config.ts'
import type { SweepEvent } from '../src/journal/event.ts'
import { createFold, type Fold } from '../src/journal/fold.ts'
import { openBudgetGate, pauseOverBudget } from '../src/node/budget-gate.ts'
import type { JournalWriter } from '../src/node/journal.ts'
import { perTask } from '../src/node/per-task.ts'
import { overBudget, spentOf } from '../src/planners/budget.ts'

const NONE: Budget = { gpuHours: null, cpuHours: null, trials: null, until: null, isHard: false }

function foldWith(attempts: readonly (readonly [i: number, begun: number, ended: number | null])[]): Fold {
  const fold = createFold()
  let k = 0
  const apply = (event: Parameters<Fold['apply']>[0]['event']): void =>
    fold.apply({ n: 0, k: k++, ts: 0, by: '', event })
  const indices = [...new Set(attempts.map(([i]) => i))]
  apply({ type: 'plan', trials: indices.map((i) => ({ i, hash: '', params: {}, extras: {}, name: `t${i}` })) })
  for (const [at, [i, begun, ended]] of attempts.entries()) {
    apply({ type: 'intent', sid: `s${at}`, executor: 'local', attempts: [[i, at]] })
    apply({ type: 'seen', rows: [[i, at, 0, 'running', { begun }]] })
    if (ended !== null) apply({ type: 'seen', rows: [[i, at, 0, 'completed', { ended, code: 0 }]] })
  }
  return fold
}

test('all attempts count by their duration, a running one up to now, multiplied by its CPUs and GPUs', () => {
  const fold = foldWith([
    [0, 0, 3600],
    [0, 3600, 7200],
    [1, 7200, null],
  ])
  const spent = spentOf(fold.trials.values(), () => ({ cpusPerTask: 2, gpusPerTask: 0.5 }), 9000)
  expect(spent).toEqual({ cpuHours: 5, gpuHours: 1.25, trials: 2 })
  expect(overBudget({ ...NONE, gpuHours: 1.3 }, spent, 9000)).toBeNull()
  expect(overBudget({ ...NONE, gpuHours: 1.25 }, spent, 9000)).toBe('1.3 of 1.25 GPU hours have been used')
  expect(overBudget({ ...NONE, until: 9000 }, spent, 9000)).toBe('the budget ended at 1970-01-01T02:30Z')
})

test('a budget is read with a time, and refused without a limit or with other fields', () => {
  const read = (budget: string): unknown => {
    const reading = readConfig(
      `name: t\ngrid: all\nlauncher: ./l\nparameters:\n  x: {type: discrete, values: [1]}\nbudget: ${budget}\n`,
    )
    return reading.ok ? reading.config.budget : reading.problems.map(({ field, message }) => `${field}: ${message}`)
  }
  expect(read('{until: 2030-01-31T18:00:00Z, gpu_hours: 10, hard: true}')).toEqual({
    ...NONE,
    gpuHours: 10,
    until: Date.UTC(2030, 0, 31, 18) / 1000,
    isHard: true,
  })
  expect(read('{hard: true}')).toEqual(['budget: sets no limit; use gpu_hours, cpu_hours, trials or until'])
  expect(read('{until: tomorrow}')).toEqual([
    'budget.until: "tomorrow" is not a time; use a value such as "2030-01-31T18:00:00Z"',
  ])
  expect(read('{gpu_hours: 0}')).toEqual(['budget.gpu_hours: "0" is not a number > 0; use a value such as 24'])
})

test("the budget gate closes by the workspace's clock", () => {
  const fold = foldWith([[0, 0, null]])
  const reading = readConfig(
    'name: t\ngrid: all\nlauncher: ./l\nparameters:\n  x: {type: discrete, values: [1]}\nbudget: {cpu_hours: 2}\n',
  )
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  expect(openBudgetGate(reading.config, fold, 3600).closed).toBeNull()
  expect(openBudgetGate(reading.config, fold, 7200).closed).toBe('2.0 of 2 CPU hours have been used')
})

test('hours count the GPUs and CPUs that conditions and stages assign to a trial, and those of its executor', () => {
  const reading = readConfig(`name: t
grid: all
launcher: ./l
slurm: {partition: p, gres: gpu, cpus_per_task: 2}
local: {cpus_per_task: 1}
conditions:
  - {when: {x: 2}, slurm: {gres: "gpu:a100:4,shard:8", cpus_per_task: 16}}
budget: {gpu_hours: 5}
parameters:
  x: {type: discrete, values: [1, 2]}
`)
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  const fold = createFold()
  let k = 0
  const apply = (event: Parameters<Fold['apply']>[0]['event']): void =>
    fold.apply({ n: 0, k: k++, ts: 0, by: '', event })
  const trials = [1, 2].map((x, i) => ({ i, hash: '', params: { x }, extras: {}, name: `t${i}` }))
  apply({ type: 'plan', trials })
  apply({
    type: 'intent',
    sid: 's',
    executor: 'slurm',
    attempts: [
      [0, 1],
      [1, 1],
    ],
  })
  apply({
    type: 'seen',
    rows: [
      [0, 1, 0, 'running', { begun: 0 }],
      [1, 1, 0, 'running', { begun: 0 }],
    ],
  })
  const closedAt = (seconds: number): string | null => openBudgetGate(reading.config, fold, seconds).closed
  // One hour with one GPU, and one hour with four.
  expect(closedAt(3599)).toBeNull()
  expect(closedAt(3600)).toBe('5.0 of 5 GPU hours have been used')
  const cpu = { ...reading.config, budget: { ...NONE, cpuHours: 18 } }
  expect(openBudgetGate(cpu, fold, 3600).closed).toBe('18.0 of 18 CPU hours have been used')
})

test.each([
  ['gres: gpu', 1],
  ['gres: "gpu:2"', 2],
  ['gres: "gpu:a100"', 1],
  ['gres: "gpu:a100:2,gpu:v100:1,shard:9"', 3],
  ['gres: "shard:9"', 0],
  ['extra_args: ["--gpus-per-task=3"]', 3],
  ['extra_args: ["-G a100:2"]', 2],
  ['extra_args: ["--gres=gpu:2(S:0)"]', 2],
  ['extra_args: [--nice]', 0],
])('a SLURM task with %s uses %d GPUs', (field, gpus) => {
  const reading = readConfig(
    `name: t\ngrid: all\nlauncher: ./l\nslurm: {partition: p, ${field}}\nparameters:\n  x: {type: discrete, values: [1]}\n`,
  )
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  expect(perTask(reading.config, 'slurm').gpusPerTask).toBe(gpus)
})

function configWith(budget: string) {
  const reading = readConfig(
    `name: t\ngrid: all\nlauncher: ./l\nparameters:\n  x: {type: discrete, values: [1]}\n${budget}`,
  )
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return reading.config
}

test('a budget of trials admits the remaining number of new trials, and always those that were started before', () => {
  const fold = foldWith([[0, 0, null]])
  fold.apply({ n: 0, k: 99, ts: 0, by: '', event: { type: 'plan', trials: [5, 6, 7].map((i) => ({ i, hash: '', params: {}, extras: {}, name: '' })) } }) // biome-ignore format: short
  const records = [5, 0, 6, 0, 7].flatMap((i) => fold.trials.get(i) ?? [])
  const admitted = (budget: string, now = 0) => {
    const { closed, admits } = openBudgetGate(configWith(budget), fold, now)
    return [closed, records.map((record) => admits(record))]
  }
  expect(admitted('')).toEqual([null, [true, true, true, true, true]])
  expect(admitted('budget: {trials: 3}\n')).toEqual([null, [true, true, true, true, false]])
  expect(admitted('budget: {trials: 1}\n')).toEqual([
    '1 of 1 trials have been started',
    [false, true, false, true, false],
  ])
  expect(admitted('budget: {cpu_hours: 1, trials: 9}\n', 3600)).toEqual(['1.0 of 1 CPU hours have been used', [false, false, false, false, false]]) // biome-ignore format: short
})

test('a hard budget pauses running trials once it is used up', () => {
  const fold = foldWith([[0, 0, null], [1, 0, 60], [2, 0, null]]) // biome-ignore format: a table
  const paused = (budget: string, of = fold, now = 3600) => {
    const events: unknown[] = []
    const writer = { fold: of, appendBy: (by: string, ...all: readonly SweepEvent[]) => void events.push([by, ...all]) }
    pauseOverBudget(configWith(budget), writer as unknown as JournalWriter, now)
    return events
  }
  const why = 'budget: 2.0 of 2 CPU hours have been used'
  expect(paused('budget: {cpu_hours: 2, hard: true}\n')).toEqual([['planner', { type: 'wish', trials: [0, 2], want: 'pause', why }]]) // biome-ignore format: short
  expect(paused('budget: {cpu_hours: 3, hard: true}\n')).toEqual([])
  expect(paused('budget: {cpu_hours: 2}\n')).toEqual([])
  expect(paused('')).toEqual([])
  expect(paused('budget: {cpu_hours: 1, hard: true}\n', foldWith([[1, 0, 3600]]))).toEqual([])
})
