import { expect, test } from 'vitest'
import type { Objective, Retries } from '../src/config/config.ts'
import type { SweepEvent } from '../src/journal/event.ts'
import { searchedTrials } from '../src/node/search-outcomes.ts'
import { configInForce } from '../src/node/workspace.ts'
import { int } from '../src/value.ts'
import { attemptIn, curve, writtenWorkspace } from './written-workspace.ts'

const YAML = `name: t
launcher: ./l.sh
grid: all
retries: {oom: 1}
parameters:
  x: {type: discrete, values: [0, 1, 2, 3, 4, 5, 6]}
`
const OBJECTIVE: Objective = { metric: 'loss', direction: 'min', value: 'last' }

async function setUp(...events: readonly SweepEvent[]) {
  const sweep = await writtenWorkspace(
    YAML,
    [0, 1, 2, 3, 4, 5, 6].map((x) => ({ x })),
    ...events,
  )
  const { workspace } = sweep
  const retries: Retries = configInForce(workspace).retries
  const outcomes = (objective: Partial<Objective> = {}) =>
    searchedTrials(workspace, { ...OBJECTIVE, ...objective }, retries, [...workspace.journal.fold.trials.values()].reverse()) // biome-ignore format: short
  return { ...sweep, outcomes }
}

test('a trial in a search is open until it has completed, was pruned, or failed permanently', async () => {
  const { outcomes, result } = await setUp(
    ...attemptIn(0, 'running'),
    ...attemptIn(1, 'failed', { reason: 'oom' }),
    ...attemptIn(2, 'failed', { reason: 'oom' }),
    ...attemptIn(2, 'failed', { reason: 'oom' }, 2),
    ...attemptIn(3, 'failed', { reason: 'exit' }),
    ...attemptIn(4, 'cancelled'),
    ...attemptIn(5, 'completed'),
    { type: 'wish', trials: [6], want: 'prune' },
  )
  for (const i of [0, 1, 2, 3, 4, 5, 6]) result(`${i}/hotcb.metrics.jsonl`, curve('loss', 3, i))
  const found = outcomes()
  expect(found.map(({ trial }) => trial.params)).toEqual([0, 1, 2, 3, 4, 5, 6].map((x) => [['x', int(x)]]))
  const open = { kind: 'open' }
  const failed = { kind: 'failed' }
  expect(found.map(({ outcome }) => outcome)).toEqual([
    ...[open, open, failed, failed, open],
    { kind: 'complete', value: 5 },
    { kind: 'pruned', last: { step: 2, value: 6 } },
  ])
})

test("a trial's value is its last, smallest or largest one, and its final value counts as the last", async () => {
  const { outcomes, result } = await setUp(...[0, 1, 2, 3, 4].flatMap((i) => attemptIn(i, 'completed')))
  result('0/hotcb.metrics.jsonl', curve('loss', 3, 1, 2, null))
  result('1/hotcb.metrics.jsonl', curve('loss', 3))
  result('1.json', '{"loss": 7}')
  result('2/hotcb.metrics.jsonl', curve('loss', null))
  result('2.json', '{"loss": "none"}')
  result('3.json', '{"loss": 0.5, "acc": 9}')
  result('4.json', '{"loss": NaN}')
  const values = (objective: Partial<Objective>) =>
    outcomes(objective)
      .slice(0, 5)
      .map(({ outcome }) => (outcome.kind === 'complete' ? outcome.value : outcome.kind))
  expect(values({})).toEqual([2, 7, 'failed', 0.5, 'failed'])
  expect(values({ metric: 'acc' })).toEqual(['failed', 'failed', 'failed', 9, 'failed'])
  const best = await setUp(...[0, 1, 2].flatMap((i) => attemptIn(i, 'completed')))
  for (const i of [0, 1, 2]) best.result(`${i}/hotcb.metrics.jsonl`, curve('loss', 3, 1, 2))
  const of = (objective: Partial<Objective>) => best.outcomes(objective)[0]?.outcome
  expect(of({ value: 'best' })).toEqual({ kind: 'complete', value: 1 })
  const max = await setUp(...attemptIn(0, 'completed'))
  max.result('0/hotcb.metrics.jsonl', curve('loss', 3, 1, 2))
  expect(max.outcomes({ value: 'best', direction: 'max' })[0]?.outcome).toEqual({ kind: 'complete', value: 3 })
})

test('a pruned trial has its last value, or no value', async () => {
  const { outcomes, result } = await setUp({ type: 'wish', trials: [0, 1], want: 'prune' })
  result('0/hotcb.metrics.jsonl', curve('loss', 3, 1, null))
  expect(outcomes().map(({ outcome }) => outcome).slice(0, 2)).toEqual([
    { kind: 'pruned', last: { step: 2, value: 1 } },
    { kind: 'pruned', last: null },
  ]) // biome-ignore format: short
})

test('an outcome is read once per attempt', async () => {
  const { outcomes, result, write } = await setUp(...attemptIn(0, 'completed'))
  const first = () => outcomes()[0]?.outcome
  result('0.json', '{"loss": 1}')
  expect(first()).toEqual({ kind: 'complete', value: 1 })
  result('0.json', '{"loss": 2}')
  expect(first()).toEqual({ kind: 'complete', value: 1 })
  await write({ type: 'call', trials: [0] }, ...attemptIn(0, 'completed', {}, 2))
  expect(first()).toEqual({ kind: 'complete', value: 2 })
})
