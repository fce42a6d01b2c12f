import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { jsonOf, planGrid, pow10, pythonStr, readConfig } from '../src/index.ts'
import { overrideLine } from '../src/plan/overrides.ts'
import { reconcile } from '../src/plan/reconcile.ts'

interface Recorded {
  readonly title: string
  readonly yaml: string
  readonly trials: readonly {
    readonly name: string
    readonly hash: string
    readonly params: unknown
    readonly extras: unknown
    readonly overrides: string
  }[]
}

// HyperHerd's plans for these files.
const RECORDED: readonly Recorded[] = JSON.parse(
  readFileSync(new URL('fixtures/herd-plans.json', import.meta.url), 'utf8'),
)

function plan(yaml: string) {
  const reading = readConfig(yaml)
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  const planned = planGrid(reading.config)
  if (!planned.ok) throw new Error(planned.message)
  return { config: reading.config, trials: reconcile(planned.value, [], reading.config.parameters, 0).added }
}

test.each(RECORDED)('HyperHerd and hotcb plan the same trials: $title', ({ yaml, trials: recorded }) => {
  const { config, trials } = plan(yaml)
  const ours = trials.map(({ name, hash, params, extras }) => ({
    name,
    hash,
    params: jsonOf(params),
    extras: jsonOf(extras),
    overrides: overrideLine(name, params, config.staticOverrides, extras),
  }))
  expect(ours).toEqual(recorded)
})

test('powers of ten are rounded correctly even if Math.pow is wrong', () => {
  expect([-5, -4.5, -3, 0, 0.5, 2].map(pow10)).toEqual([1e-5, 3.1622776601683795e-5, 1e-3, 1, 3.1622776601683795, 100])
  expect(Array.from({ length: 41 }, (_, at) => pow10(at - 20))).toEqual(
    Array.from({ length: 41 }, (_, at) => Number(`1e${at - 20}`)),
  )
})

const SWEEP = 'name: a\ngrid: all\nlauncher: ./launch.sh\nparameters:\n'

test('new trials that would have the same name get enough digits to be distinct', () => {
  const { trials } = plan(`${SWEEP}  lr: {type: discrete, values: [0.100001, 0.100002]}\n`)
  expect(trials.map(({ name }) => name)).toEqual(['lr-0.100001', 'lr-0.100002'])
})

test('seeds multiply every combination and vary fastest', () => {
  const { trials } = plan(`${SWEEP}  lr: {type: discrete, values: [0.1, 0.2]}\nseeds: {count: 2}\n`)
  expect(trials.map(({ name }) => name)).toEqual(['lr-0.1_seed-0', 'lr-0.1_seed-1', 'lr-0.2_seed-0', 'lr-0.2_seed-1'])
})

test('a condition that fails reports its line and the combination', () => {
  const reading = readConfig(
    `${SWEEP}  a: {type: discrete, values: [1, 0]}\nconditions:\n  - when: {expr: "1 / a > 0"}\n    set: {x: 1}\n`,
  )
  expect(reading.ok && planGrid(reading.config)).toEqual({
    ok: false,
    message: 'condition "unnamed" in line 7: division by zero in "1 / a > 0", for a=0',
  })
})

test('after an edit, trials with equal values are kept, and old ones have a new parameter at its default', () => {
  const before = plan(`${SWEEP}  lr: {type: discrete, values: [0.1, 1]}\n`)
  const known = before.trials.map((trial) => ({ trial, isOut: false, isHeld: trial.i === 1 }))
  const after = plan(
    `${SWEEP}  lr: {type: discrete, values: ["1e-1", 0.5]}\n  wd: {type: discrete, values: [0, 1], default: 0}\n`,
  )
  const { kept, added, dropped, held } = reconcile(after.trials, known, after.config.parameters, 2)
  expect({
    kept: kept.map(({ i }) => i),
    added: added.map(({ i }) => i),
    dropped,
    held: held.map(({ i }) => i),
  }).toEqual({
    kept: [0],
    added: [2, 3, 4],
    dropped: [],
    held: [1],
  })
})

test('reconciling twice changes nothing', () => {
  const { config, trials } = plan(RECORDED[0]?.yaml ?? '')
  const known = trials.map((trial) => ({ trial, isOut: false, isHeld: false }))
  const again = reconcile(trials, known, config.parameters, trials.length)
  expect([again.added, again.dropped, again.held, again.revived]).toEqual([[], [], [], []])
  expect(again.kept).toHaveLength(trials.length)
})

test('a forced value counts as the equal value in the grid, and true is ordered as 1', () => {
  const read = readConfig(
    'name: a\ngrid: all\nlauncher: x\nparameters:\n  lr: {type: continuous, low: 0, high: 12, steps: 3}\n  amp: {type: discrete, values: [true, 5]}\nconditions:\n  - when: {lr: 6}\n    force: {lr: 12}\n  - when: {amp: {lt: 5}}\n    force: {amp: 5}\n',
  )
  const plan = read.ok ? planGrid(read.config) : read
  expect(plan.ok && plan.value.map(({ params }) => params.map(([, value]) => pythonStr(value)).join(' '))).toEqual([
    '0.0 5',
    '12 5',
  ])
})
