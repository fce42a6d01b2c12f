import type { ControlDescription } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { type Draft, draftOf, type NoDraft } from '../src/draft.ts'
import { DEFAULT_LIMITS, type Limits, readRuleFile } from '../src/index.ts'
import { control } from './support.ts'

interface Input {
  readonly controls?: readonly ControlDescription[]
  readonly limits?: Limits
  readonly usual?: number
  readonly anchor?: number
}

function draft(
  action: string,
  { controls = [control('lr', 0.1)], limits = DEFAULT_LIMITS, usual, anchor }: Input = {},
): Draft | NoDraft {
  const read = readRuleFile(`{version: 2, rules: [{id: r, when: "loss > 1", action: ${action}}]}`)
  const [rule] = read.ok ? read.value.rules : []
  if (rule === undefined) throw new Error(read.ok ? 'no rule' : read.reason)
  const found = { because: 'loss is 2', evidence: {}, ...(usual !== undefined && { usual }) }
  return draftOf({ rule, found: found as never, limits, controls, anchor: () => anchor })
}

test('a rule sets several controls at once, and expects the values that were seen', () => {
  const controls = [control('lr', 0.1), control('momentum', 0.9)]
  expect(draft('{set: {lr: x0.5, momentum: 0.8}}', { controls })).toEqual({
    op: { module: 'opt', op: 'set_params', params: { lr: 0.05, momentum: 0.8 }, expect: { lr: 0.1, momentum: 0.9 } },
    judgement: { permission: 'auto', because: '' },
    keys: ['lr', 'momentum'],
    plan: [],
    evidence: { lr: { from: 0.1, to: 0.05 }, momentum: { from: 0.9, to: 0.8 } },
  })
})

test('nothing is done if the control is missing, disabled, not a number, or already has the value', () => {
  const because = (action: string, ...controls: ControlDescription[]): unknown => {
    const made = draft(action, { controls })
    return 'because' in made ? made.because : made
  }
  expect(because('{set: {other: 1}}')).toBe('this trainer has no control `other`')
  expect(because('{set: {lr: x0.5}}')).toBe('this trainer has no control `lr`')
  expect(because('{set: {a: 1}}', control('a', 2, { state: 'disabled' }))).toBe('`a` is disabled')
  expect(because('{set: {a: x2}}', control('a', 0, { current: 'text' }))).toBe('`a` is "text", not a number')
  expect(because('{set: {a: 2, b: 3}}', control('a', 2), control('b', 3))).toBe('a is already 2, b is already 3')
  expect(because('{set: {a: 2, b: 4}}', control('a', 2), control('b', 3))).toMatchObject({
    op: { params: { a: 2, b: 4 } },
  })
  expect(because('{set: {a: x2}}', control('a', 10, { max: 10 }))).toBe('a is already 10')
  const word = control('a', 0, { current: 'sgd' })
  expect(because('{set: {a: sgd}}', word)).toBe('a is already sgd')
  expect(because('{set: {a: adam}}', word)).toMatchObject({ op: { params: { a: 'adam' }, expect: { a: 'sgd' } } })
  expect(because('{set: {a: 1}}', word)).toMatchObject({ op: { params: { a: 1 } } })
  const two = [control('a', 1, { group: 'optimizer' }), control('b', 1, { group: 'loss' })]
  expect(because('{set: {a: 2, b: 2}}', ...two)).toMatch(/^its controls belong to several modules: opt, /)
})

test('whole numbers stay whole, and raising a weight decay of 0 starts at 0.0001', () => {
  const value = (action: string, one: ControlDescription): unknown => {
    const made = draft(action, { controls: [one] })
    return 'op' in made ? made.op.params : made.because
  }
  expect(value('{set: {n: x0.5}}', control('n', 5, { type: 'int' }))).toEqual({ n: 3 })
  expect(value('{set: {n: x0.5}}', control('n', 5))).toEqual({ n: 2.5 })
  expect(value('{set: {weight_decay: x2}}', control('weight_decay', 0))).toEqual({ weight_decay: 1e-4 })
  expect(value('{set: {weight_decay: x0.5}}', control('weight_decay', 0))).toBe('weight_decay is already 0')
  expect(value('{set: {weight_decay: x2}}', control('weight_decay', 1))).toEqual({ weight_decay: 2 })
  expect(value('{set: {other: x2}}', control('other', 0))).toBe('other is already 0')
  expect(value('{set: {a: x100}}', control('a', 1, { max: 7 }))).toEqual({ a: 7 })
  expect(value('{set: {a: x0.001}}', control('a', 1, { min: 0.5 }))).toEqual({ a: 0.5 })
})

test('a change to a control on a ramp needs approval, and the limits still apply', () => {
  const ramped = control('a', 1, { ramp: { to: 5 } as never })
  expect(draft('{set: {a: x2}}', { controls: [ramped] })).toMatchObject({
    judgement: { permission: 'ask', because: 'a is on a ramp' },
  })
  const rate = control('lr', 1e-6, { ramp: { to: 5 } as never, max: 10 })
  expect(draft('{set: {lr: 9}}', { controls: [rate] })).toMatchObject({ judgement: { permission: 'never' } })
  expect(draft('{set: {a: x2}}', { controls: [control('a', 1, { ramp: null })] })).toMatchObject({
    judgement: { permission: 'auto' },
  })
})

test('clipping sets three times the usual norm, or halves the rate if gradients cannot be clipped', () => {
  const [clip, lr] = [control('clip_norm', 0, { max: 100 }), control('lr', 0.1)]
  const params = (controls: readonly ControlDescription[], usual?: number): unknown => {
    const made = draft('{do: clip}', { controls, ...(usual !== undefined && { usual }) })
    return 'op' in made ? made.op.params : made.because
  }
  expect(params([clip, lr], 1.23456)).toEqual({ clip_norm: 3.7 })
  expect(params([{ ...clip, current: 50 }, lr], 2)).toEqual({ clip_norm: 6 })
  expect(params([{ ...clip, current: 6 }, lr], 2)).toBe('clip_norm is already 6')
  expect(params([{ ...clip, current: 1 }, lr], 2)).toBe('clip_norm is already 1')
  expect(params([clip, lr], 500)).toEqual({ clip_norm: 100 })
  expect(params([{ ...clip, state: 'disabled' }, lr], 2)).toEqual({ lr: 0.05 })
  expect(params([clip, lr])).toEqual({ lr: 0.05 })
  expect(params([clip, lr], 0)).toEqual({ lr: 0.05 })
  expect(params([lr], 2)).toEqual({ lr: 0.05 })
})

test('built-in actions are core ops, judged by their own entries in the limits', () => {
  const words = { ...DEFAULT_LIMITS.words, checkpoint: 'never', pause: 'ask', stop: 'auto' } as const
  const limits = { ...DEFAULT_LIMITS, words }
  const empty = { keys: [], plan: [], evidence: {} }
  expect(draft('{do: checkpoint}', { limits })).toEqual({
    ...empty,
    op: { module: 'core', op: 'checkpoint', params: { action: 'save' } },
    judgement: { permission: 'never', because: '`checkpoint` is not allowed' },
  })
  expect(draft('{do: pause}', { limits })).toEqual({
    ...empty,
    op: { module: 'core', op: 'pause' },
    judgement: { permission: 'ask', because: '`pause` needs approval' },
  })
  expect(draft('{do: stop}', { limits })).toEqual({
    ...empty,
    op: { module: 'core', op: 'stop', params: { reason: 'loss is 2' } },
    judgement: { permission: 'auto', because: '' },
  })
  expect(draft('{do: notify}')).toEqual({ because: '' })
})

test('an op is judged by its own entry in the limits or by the controls that it sets; others need approval', () => {
  const judgement = (op: string, more: Input = {}): unknown => {
    const made = draft(`{op: ${op}}`, more)
    return 'op' in made ? [made.judgement.permission, made.judgement.because, made.keys] : made
  }
  expect(judgement('{module: core, op: pause}')).toEqual(['auto', '', []])
  expect(judgement('{module: core, op: stop}')).toEqual(['ask', '`stop` needs approval', []])
  expect(judgement('{module: cb, op: disable, id: a}')).toEqual(['ask', '`cb` needs approval', []])
  expect(judgement('{module: ctl, op: call, id: a}')).toEqual(['ask', '`ctl call` needs approval', []])
  expect(judgement('{module: opt, op: set_params, params: {lr: 0.2}}')).toEqual(['auto', '', ['lr']])
  expect(judgement('{module: opt, op: set_params, params: {lr: 0.2}}', { anchor: 0.01 })).toEqual([
    'ask',
    'lr would be more than x10 from 0.01',
    ['lr'],
  ])
  expect(judgement('{module: opt, op: set_params, params: {key: lr, value: 2}}')).toEqual([
    'ask',
    'lr may be changed by at most x10 without approval',
    ['lr'],
  ])
  const groups = [
    { place: 0, name: 'head', value: 0.001 },
    { place: 1, name: 'body', value: 0.1 },
  ]
  const controls = [control('lr', 0.1, { groups } as never)]
  const grouped = (group: string): unknown =>
    judgement(`{module: opt, op: set_params, params: {lr: 0.2, group: ${group}}}`, { controls })
  expect(grouped('1')).toEqual(['auto', '', ['lr']])
  expect(grouped('body')).toEqual(['auto', '', ['lr']])
  expect(grouped('0')).toEqual(['ask', 'lr may be changed by at most x10 without approval', ['lr']])
  expect(grouped('head')).toEqual(['ask', 'lr may be changed by at most x10 without approval', ['lr']])
  expect(grouped('none')).toEqual(['auto', '', ['lr']])
})
