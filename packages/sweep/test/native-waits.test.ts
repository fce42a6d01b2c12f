import { expect, test } from 'vitest'
import { readConfig } from '../src/config/read-config.ts'
import type { SeenFacts, SeenState, SweepEvent } from '../src/journal/event.ts'
import { createFold, type Fold } from '../src/journal/fold.ts'
import type { JournalWriter } from '../src/node/journal.ts'
import { dependencies, dependencyKey, followParents } from '../src/node/native-stages.ts'

// The trials that trials in native stages wait for, computed from a given fold. native-stages.test.ts submits them.

function configWith(take: string, executor = 'slurm') {
  const reading = readConfig(`name: t
launcher: ./l.sh
executor: ${executor}
slurm: {partition: p}
grid: all
parameters:
  x: {type: discrete, values: [1, 2, 3]}
stages:
  first:
  second: {after: first, take: ${take}, native: true}
  other: {after: first, take: ${take}}
`)
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return reading.config
}
const ALL = configWith('all')
const EACH = configWith('each')

function foldOf(...events: readonly SweepEvent[]): Fold {
  const fold = createFold()
  const one = (i: number, stage: string, parent?: number) => ({ i, hash: `h${i}`, params: {}, extras: {}, name: `t${i}`, stage, ...(parent !== undefined && { parent }) }) // biome-ignore format: short
  const parents = [0, 1, 2].map((i) => one(i, 'first'))
  const trials = [...parents, ...[0, 1, 2].map((i) => one(3 + i, 'second', i)), one(6, 'other', 0)]
  for (const [k, event] of [{ type: 'plan', trials } as const, ...events].entries()) fold.apply({ n: 0, k, ts: 9, by: '', event }) // biome-ignore format: short
  return fold
}

const sent = (i: number, job: string | null, task?: number): SweepEvent[] => [
  { type: 'intent', sid: `s${i}`, executor: 'slurm', attempts: [[i, 1]], ...(task !== undefined && { tasks: [task] }) },
  ...(job === null ? [] : [{ type: 'sent', sid: `s${i}`, job } as const]),
]
const seen = (i: number, state: SeenState, facts: SeenFacts = {}): SweepEvent => ({ type: 'seen', rows: [[i, 1, 0, state, facts]] }) // biome-ignore format: short
const call = (...trials: readonly number[]): SweepEvent => ({ type: 'call', trials })

test('trials with the same key are submitted together', () => {
  const fold = foldOf()
  const keys = (config: typeof ALL) => [...fold.trials.values()].map(({ trial }) => dependencyKey(config, trial))
  expect(keys(ALL)).toEqual([null, null, null, 'second', 'second', 'second', null])
  expect(keys(EACH)).toEqual([null, null, null, 'second/0', 'second/1', 'second/2', null])
  expect(keys(configWith('all', 'local'))).toEqual(Array(7).fill(null))
})

test('a trial waits for the jobs of all trials in the previous stage, or for the task of its parent', () => {
  const waitsFor = (config: typeof ALL, i: number, ...events: readonly SweepEvent[]) => {
    const fold = foldOf(...events)
    const record = fold.trials.get(i)
    return record && dependencies(config, fold, record.trial)
  }
  const running = [...sent(0, '70'), ...sent(1, '70', 5), ...sent(2, '71')]
  expect(waitsFor(ALL, 3, ...running)).toEqual(['70', '71'])
  expect([3, 4, 5].map((i) => waitsFor(EACH, i, ...running))).toEqual([['70_0'], ['70_5'], ['71_2']])
  // Trials in other stages wait for nothing.
  expect([0, 6].map((i) => waitsFor(ALL, i, ...running))).toEqual([[], []])
  // Trials that have ended or are no longer part of the sweep are not waited for.
  expect(waitsFor(ALL, 3, ...running, seen(2, 'completed'))).toEqual(['70'])
  expect(waitsFor(ALL, 3, ...running, seen(2, 'failed', { reason: 'exit' }))).toEqual(['70'])
  expect(waitsFor(ALL, 3, ...running, { type: 'drop', trials: [2] })).toEqual(['70'])
  expect(waitsFor(ALL, 3, ...running, { type: 'orphan', trials: [0, 1] })).toEqual(['71'])
  expect(waitsFor(EACH, 5, ...running, seen(2, 'completed'))).toEqual([])
  // SLURM cannot wait for a trial without a job, or for a trial that will get a different job.
  expect(waitsFor(ALL, 3, ...sent(0, '70'), ...sent(1, '70'))).toBe(null)
  expect(waitsFor(ALL, 3, ...running.slice(0, 4), ...sent(2, null))).toBe(null)
  expect(waitsFor(EACH, 3, ...sent(0, '70'))).toEqual(['70_0'])
  expect(waitsFor(EACH, 3, ...running, seen(0, 'failed', { reason: 'preempted' }))).toBe(null)
})

test('children are rerun once their parent has completed, and are stopped if it will not complete', () => {
  const follow = (config: typeof ALL, ...events: readonly SweepEvent[]) => {
    const told: unknown[] = []
    const writer = { fold: foldOf(...events), appendBy: (...all: readonly unknown[]) => void told.push(all) }
    followParents(config, writer as unknown as JournalWriter)
    return told
  }
  const lost = (i: number) => [...sent(i, '9'), seen(i, 'failed', { reason: 'parent' })]
  const done = (i: number) => [...sent(i, '8'), seen(i, 'completed')]
  const failed = (i: number) => [...sent(i, '8'), seen(i, 'failed', { reason: 'exit' })]
  expect(follow(ALL, ...done(0), ...lost(3), ...done(1), ...lost(4), ...done(2))).toEqual([['planner', call(3, 4)]])
  expect(follow(ALL, ...failed(0), ...lost(3))).toEqual([])
  expect(follow(ALL, ...done(0), ...sent(3, '9'), seen(3, 'failed', { reason: 'exit' }))).toEqual([])
  expect(follow(ALL, ...done(0), ...lost(3), { type: 'drop', trials: [3] })).toEqual([])
  expect(follow(configWith('all', 'local'), ...done(0), ...lost(3))).toEqual([])
  const why = 'trial 0, which it continues, did not complete'
  const stop = ['planner', { type: 'wish', trials: [3], want: 'stop', why }]
  expect(follow(ALL, ...failed(0), call(3))).toEqual([stop])
  expect(follow(ALL, ...failed(0), call(6))).toEqual([])
  expect(follow(ALL, ...sent(0, '8'), call(3))).toEqual([])
  expect(follow(ALL, ...done(0), call(3))).toEqual([])
  // The stop is written before the calls.
  expect(follow(ALL, ...failed(0), call(3), ...done(1), ...lost(4))).toEqual([stop, ['planner', call(4)]])
})
