import { expect, test } from 'vitest'
import {
  createMutableState,
  type OptimizerLike,
  optimizerActuators,
  type ParamGroup,
  paramGroupsOf,
} from '../src/index.ts'
import { refusal, set } from './support.ts'

interface Optimizer {
  paramGroups: ParamGroup[]
}

const groups = (): ParamGroup[] => [
  { name: 'body', lr: 0.1, momentum: 0.9 },
  { name: 'head', lr: 0.2, momentum: 0.9 },
]
const lrs = ({ paramGroups }: OptimizerLike): number[] => paramGroups.map(({ lr }) => lr)

test('controls follow `paramGroups` when it is replaced, as loading the state of an optimizer does', () => {
  const optimizer: Optimizer = { paramGroups: groups() }
  const before = optimizer.paramGroups
  const state = createMutableState(optimizerActuators(optimizer))
  set(state, { lr: 0.01 }, 0)
  optimizer.paramGroups = structuredClone(optimizer.paramGroups)
  expect(set(state, { lr: 0.02, momentum: 0.5 }, 1)).toMatchObject({ ok: true, old: { lr: 0.01, momentum: 0.9 } })
  expect(optimizer.paramGroups).toEqual([
    { name: 'body', lr: 0.02, momentum: 0.5 },
    { name: 'head', lr: 0.04, momentum: 0.5 },
  ])
  expect(before.map(({ lr }) => lr)).toEqual([0.01, 0.02])
  state.tick(2)
  expect(state.describe(2)[0]).toMatchObject({ param_key: 'lr', current: 0.02, state: 'verified' })
})

test('a schedule continues in the groups that replace others', () => {
  const optimizer: Optimizer = { paramGroups: groups() }
  const state = createMutableState(optimizerActuators(optimizer, { schedule: (step) => 1 / (1 + step) }))
  optimizer.paramGroups = groups()
  expect(state.tick(3)).toEqual([])
  expect(lrs(optimizer)).toEqual([0.25, 0.25])
})

test('one replaced group object in the list is followed too, and a failed change is restored in it', () => {
  const optimizer: Optimizer = { paramGroups: groups() }
  const state = createMutableState(optimizerActuators(optimizer))
  optimizer.paramGroups[1] = { name: 'head', lr: 0.2, momentum: 0.9 }
  Object.defineProperty(optimizer.paramGroups[1], 'momentum', {
    get: () => 0.9,
    set: () => {
      throw new Error('fixed')
    },
  })
  expect(refusal(set(state, { lr: 0.5, momentum: 0.1 }))).toBe('apply_fn_exception: `momentum`: fixed')
  expect(optimizer.paramGroups).toMatchObject([
    { lr: 0.1, momentum: 0.9 },
    { lr: 0.2, momentum: 0.9 },
  ])
})

test('an added group makes commands fail with its name, while the schedule continues in the others', () => {
  const optimizer: Optimizer = { paramGroups: groups() }
  const state = createMutableState(optimizerActuators(optimizer, { schedule: (step) => [1 / (1 + step), 0.5] }))
  optimizer.paramGroups.push({ name: 'new', lr: 0.3, momentum: 0.9 })
  const reason = 'the optimizer has 3 parameter groups now, but had 2 when its controls were created'
  expect(refusal(set(state, { momentum: 0.5 }))).toBe(`\`momentum\` cannot be set: ${reason}`)
  expect(refusal(set(state, { lr: 0.5, group: 'head' }))).toBe(`\`lr\` cannot be set: ${reason}`)
  expect(optimizer.paramGroups.map(({ momentum }) => momentum)).toEqual([0.9, 0.9, 0.9])
  expect(state.tick(1)).toEqual([])
  expect(lrs(optimizer)).toEqual([0.5, 0.5, 0.3])
  optimizer.paramGroups.pop()
  expect(set(state, { momentum: 0.5 }, 1)).toMatchObject({ ok: true })
})

test('a removed group makes commands fail with its name, and is reported once under a schedule', () => {
  const optimizer: Optimizer = { paramGroups: groups() }
  const state = createMutableState(optimizerActuators(optimizer, { schedule: () => 0.5 }))
  optimizer.paramGroups.shift()
  const reason = 'the optimizer has 1 parameter group now, but had 2 when its controls were created'
  expect(refusal(set(state, { momentum: 0.5 }))).toBe(`\`momentum\` cannot be set: ${reason}`)
  expect([state.tick(1), state.tick(2)]).toEqual([[`\`lr\` could not be updated: ${reason}`], []])
  expect(optimizer.paramGroups).toEqual([{ name: 'head', lr: 0.2, momentum: 0.9 }])
})

test('groups in another order, or without a former property, make commands fail with their name', () => {
  const optimizer: Optimizer = { paramGroups: groups() }
  const state = createMutableState(optimizerActuators(optimizer))
  optimizer.paramGroups.reverse()
  expect(refusal(set(state, { lr: 0.5 }))).toBe(
    '`lr` cannot be set: parameter group 0 is `head` now, but was `body` when its controls were created',
  )
  optimizer.paramGroups = [{ name: 'body', lr: 0.1 }, { lr: 0.2 }]
  expect(refusal(set(state, { momentum: 0.5 }))).toBe(
    '`momentum` cannot be set: parameter group 0 no longer has `momentum`',
  )
  // A state that was saved without names still has the same groups.
  expect(set(state, { lr: 0.5 })).toMatchObject({ ok: true })
})

test('frozen groups, and groups with only a getter, make commands fail with their name and stay enabled', () => {
  for (const group of [
    Object.freeze({ lr: 0.1 }),
    Object.defineProperty({ lr: 0.1 }, 'lr', { get: () => 0.1, enumerable: true }),
  ]) {
    const state = createMutableState(optimizerActuators({ paramGroups: [group] }))
    expect(refusal(set(state, { lr: 0.5 }))).toMatch(/^apply_fn_exception: `lr`: \S[^\n]*lr[^\n]*$/)
    expect([state.takeBroken(), state.describe(0)[0]?.state]).toEqual([[], 'untouched'])
  }
})

test('a list that a getter creates each time is followed if its groups write through, and refused if they are copies', () => {
  const held = groups()
  const through = {
    get paramGroups(): ParamGroup[] {
      return held.map((group) => ({
        get lr() {
          return group.lr
        },
        set lr(value: number) {
          group.lr = value
        },
      }))
    },
  }
  expect(set(createMutableState(optimizerActuators(through)), { lr: 0.3 })).toMatchObject({ ok: true })
  expect(held.map(({ lr }) => lr)).toEqual([0.3, 0.6])
  const copies = {
    get paramGroups(): ParamGroup[] {
      return structuredClone(held)
    },
  }
  expect(refusal(set(createMutableState(optimizerActuators(copies)), { lr: 0.1 }))).toBe(
    'apply_fn_exception: `lr`: `paramGroups` returns copies of its groups: a value that is set on a copy is lost',
  )
})

test('a getter that throws, or a missing list, fails the command with a reason', () => {
  const optimizer: { paramGroups: ParamGroup[] | undefined } = { paramGroups: groups() }
  const state = createMutableState(optimizerActuators(optimizer as OptimizerLike))
  optimizer.paramGroups = undefined
  expect(refusal(set(state, { lr: 0.5 }))).toBe('`lr` cannot be set: `paramGroups` must be a list, got undefined')
  Object.defineProperty(optimizer, 'paramGroups', {
    get: () => {
      throw new Error('the optimizer is closed')
    },
  })
  expect(refusal(set(state, { lr: 0.5 }))).toBe('`lr` cannot be set: the optimizer is closed')
})

test('a trainer that replaces its whole optimizer passes a function that returns the current one', () => {
  const trainer = { optimizer: { paramGroups: groups() } }
  const state = createMutableState(optimizerActuators(() => trainer.optimizer))
  const before = trainer.optimizer
  trainer.optimizer = { paramGroups: groups() }
  set(state, { lr: 0.5 })
  expect([lrs(before), lrs(trainer.optimizer)]).toEqual([
    [0.1, 0.2],
    [0.5, 1],
  ])
})

test('groups of an optimizer with other property names are followed: in place, replaced, and through a function', () => {
  const adam = { groups: [{ name: 'body', rate: 0.1 }] }
  const fixed = createMutableState(optimizerActuators(paramGroupsOf(adam.groups, { lr: 'rate' })))
  const found = createMutableState(optimizerActuators(paramGroupsOf(() => adam.groups, { lr: 'rate' })))
  adam.groups[0] = { name: 'body', rate: 0.1 }
  set(fixed, { lr: 0.3 })
  expect(adam.groups).toEqual([{ name: 'body', rate: 0.3 }])
  adam.groups = [{ name: 'body', rate: 0.1 }]
  set(found, { lr: 0.5 })
  expect(adam.groups).toEqual([{ name: 'body', rate: 0.5 }])
  adam.groups.push({ name: 'head', rate: 0.1 })
  expect(refusal(set(found, { lr: 0.4 }))).toMatch('the optimizer has 2 parameter groups now')
})
