import { expect, test } from 'vitest'
import { createMutableState, optimizerActuators, type ParamGroup } from '../src/index.ts'
import { refusal, set, trainer } from './support.ts'

const lrs = (groups: readonly ParamGroup[]): number[] => groups.map((group) => group.lr)

test('an optimizer has the controls of its first group', () => {
  const keys = (group: ParamGroup) => optimizerActuators({ paramGroups: [group] }).map((actuator) => actuator.key)
  expect(keys({ lr: 0.1 })).toEqual(['lr'])
  expect(keys({ lr: 0.1, momentum: 0.9 })).toEqual(['lr', 'momentum'])
  expect(keys({ lr: 0.1, clipNorm: 0, betas: [0.9, 0.99], weightDecay: 0 })).toEqual([
    'lr',
    'weight_decay',
    'betas',
    'clip_norm',
  ])
})

test('every key is written to every group, and its old values are returned', () => {
  const { state, groups } = trainer()
  const params = { weight_decay: 0, betas: [0.8, 0.9], momentum: 0.5, clip_norm: 2 }
  expect(set(state, params)).toEqual({
    ok: true,
    payload: params,
    old: { weight_decay: [0.01, 0], betas: [0.9, 0.99], momentum: 0.9, clip_norm: 0 },
  })
  for (const group of groups) {
    expect(group).toMatchObject({ weightDecay: 0, betas: [0.8, 0.9], momentum: 0.5, clipNorm: 2 })
  }
})

test('the default bounds of the usual parameters allow only values with which training works', () => {
  const { state } = trainer()
  expect(refusal(set(state, { lr: 0 }))).toBe('`lr` must be greater than 0, got 0')
  expect(refusal(set(state, { lr: 1.5 }))).toBe('`lr` must be between 1e-7 and 1, got 1.5')
  expect(refusal(set(state, { momentum: 1.1 }))).toBe('`momentum` must be between 0 and 1, got 1.1')
  expect(refusal(set(state, { betas: [0.9, 1] }))).toBe('`betas[1]` must be between 0 and 0.999999, got 1')
  expect(refusal(set(state, { clip_norm: -1 }))).toBe('`clip_norm` must be between 0 and 1000, got -1')
  const own = trainer({ lrBounds: [0.01, 5], weightDecayBounds: [0, 0.1], clipNormBounds: [0, 10] }).state
  expect(refusal(set(own, { lr: 6 }))).toBe('`lr` must be between 0.01 and 5, got 6')
  expect(refusal(set(own, { weight_decay: 0.2 }))).toBe('`weight_decay` must be between 0 and 0.1, got 0.2')
  expect(refusal(set(own, { clip_norm: 11 }))).toBe('`clip_norm` must be between 0 and 10, got 11')
})

test('one lr for all groups keeps the ratios at registration, whatever was set in between', () => {
  const { state, groups } = trainer()
  set(state, { lr: 0.5, group: 'head' })
  expect(lrs(groups)).toEqual([0.1, 0.5])
  expect(set(state, { lr: 0.01 })).toEqual({ ok: true, payload: { lr: 0.01 }, old: { lr: [0.1, 0.5] } })
  expect(lrs(groups)).toEqual([0.01, 0.02])
})

test('a list gives each group its own value, and a wrong length is refused', () => {
  const { state, groups } = trainer()
  expect(set(state, { lr: [0.3, '0.4'] })).toEqual({ ok: true, payload: { lr: [0.3, 0.4] }, old: { lr: 0.1 } })
  expect(lrs(groups)).toEqual([0.3, 0.4])
  expect(refusal(set(state, { lr: [0.3] }))).toBe('`lr` must be one number or 2 of them, got [0.3]')
  expect(
    set(state, {
      betas: [
        [0.1, 0.2],
        [0.3, 0.4],
      ],
    }),
  ).toMatchObject({ ok: true, old: { betas: [0.9, 0.99] } })
  expect(groups.map((group) => group.betas)).toEqual([
    [0.1, 0.2],
    [0.3, 0.4],
  ])
})

test('if group 0 is at zero, all groups get the value', () => {
  const groups = [
    { name: 'frozen', lr: 0 },
    { name: 'head', lr: 0.2 },
  ]
  const state = createMutableState(optimizerActuators({ paramGroups: groups }))
  expect(set(state, { lr: 0.05 })).toEqual({ ok: true, payload: { lr: 0.05 }, old: { lr: [0, 0.2] } })
  expect(lrs(groups)).toEqual([0.05, 0.05])
  expect(set(state, { lr: [0, 0.2] })).toMatchObject({ ok: true })
  expect(lrs(groups)).toEqual([0, 0.2])
})

test('a group frozen at zero stays frozen when the others change', () => {
  const groups = [{ lr: 0.1 }, { lr: 0 }]
  const state = createMutableState(optimizerActuators({ paramGroups: groups }))
  expect(set(state, { lr: 0.05 })).toMatchObject({ ok: true })
  expect(lrs(groups)).toEqual([0.05, 0])
})

test('a ratio that leads out of the bounds fails the whole command, and the error names the group', () => {
  const { state, groups } = trainer()
  expect(refusal(set(state, { lr: 0.9, weight_decay: 0.5 }))).toBe(
    '`lr` must be between 1e-7 and 1, got 1.8 in group head',
  )
  expect(groups[0]).toMatchObject({ lr: 0.1, weightDecay: 0.01 })
})

test('group and groups select by name or by index', () => {
  const { state, groups } = trainer()
  expect(set(state, { lr: 0.5, group: 'head' })).toEqual({
    ok: true,
    payload: { lr: 0.5, group: 'head' },
    old: { lr: 0.1 },
  })
  set(state, { weight_decay: 0.3, group: 1 })
  set(state, { momentum: 0.1, groups: ['0'] })
  set(state, { clip_norm: [1, 2], groups: ['head', 0] })
  expect(groups).toMatchObject([
    { lr: 0.1, weightDecay: 0.01, momentum: 0.1, clipNorm: 1 },
    { lr: 0.5, weightDecay: 0.3, momentum: 0.9, clipNorm: 2 },
  ])
})

test('a missing group is refused, with the existing ones', () => {
  const { state } = trainer()
  for (const [word, shown] of [
    ['tail', '"tail"'],
    [2, '2'],
    [-1, '-1'],
    [0.5, '0.5'],
    [true, 'true'],
    ['', '""'],
  ] as const) {
    expect(refusal(set(state, { lr: 0.5, group: word }))).toBe(
      `\`group\` must be one of body, head for \`lr\`, got ${shown}`,
    )
  }
  expect(refusal(set(state, { lr: 0.5, groups: [] }))).toBe('`groups` must name at least one, got none')
})

test('groups without names are selected by index, and groups with the same name together', () => {
  const plain = [{ lr: 0.1 }, { lr: 0.2 }, { lr: 0.3 }]
  const state = createMutableState(optimizerActuators({ paramGroups: plain }))
  set(state, { lr: 0.5, groups: ['2', 0] })
  expect(lrs(plain)).toEqual([0.5, 0.2, 0.5])
  const twins = [
    { name: 'a', lr: 0.1 },
    { name: 'b', lr: 0.2 },
    { name: 'a', lr: 0.3 },
  ]
  set(createMutableState(optimizerActuators({ paramGroups: twins })), { lr: 0.5, group: 'a' })
  expect(lrs(twins)).toEqual([0.5, 0.2, 0.5])
})

test('a group without a parameter does not get one, and can be restored', () => {
  const groups: ParamGroup[] = [
    { name: 'a', lr: 0.1, weightDecay: 0.1 },
    { name: 'b', lr: 0.1 },
    { name: 'c', lr: 0.1, weightDecay: 0.3 },
  ]
  const state = createMutableState(optimizerActuators({ paramGroups: groups }))
  const outcome = set(state, { weight_decay: 0.5 })
  expect(outcome).toEqual({ ok: true, payload: { weight_decay: 0.5 }, old: { weight_decay: [0.1, 0.3] } })
  expect(groups.map((group) => group.weightDecay)).toEqual([0.5, undefined, 0.5])
  expect(set(state, { weight_decay: [0.1, 0.3] })).toMatchObject({ ok: true })
  set(state, { weight_decay: 0.7, group: 2 })
  expect(groups.map((group) => group.weightDecay)).toEqual([0.1, undefined, 0.7])
  expect(refusal(set(state, { weight_decay: 0.7, group: 1 }))).toBe(
    '`group` must be one of a, c for `weight_decay`, got 1',
  )
})

test('numbers as text are converted before they reach the ledger', () => {
  const { state } = trainer()
  expect(set(state, { lr: '1e-3', weight_decay: '0.5' })).toMatchObject({
    ok: true,
    payload: { lr: 0.001, weight_decay: 0.5 },
  })
})

test('an optimizer without a group or a rate is refused at registration', () => {
  expect(() => optimizerActuators({ paramGroups: [] })).toThrow(
    new RangeError('an optimizer needs at least one parameter group, got none'),
  )
  // A JavaScript trainer may leave out properties that the types demand.
  const groups = [{ lr: 0.1 }, {}] as ParamGroup[]
  expect(() => optimizerActuators({ paramGroups: groups })).toThrow(
    new TypeError('`paramGroups[1].lr` must be a finite number, got undefined'),
  )
})
