import type { JsonObject, LedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import type { AutopilotHistory, RuleEngine } from '../src/index.ts'
import type { ActionRecord } from '../src/types.ts'
import { control, course, engineOf, ledgerLine, play } from './support.ts'

const RULES = `{version: 2, rules: [
  {id: r, when: loss > 1, action: {set: {lr: x0.5}}, settle: 0, cooldown: 20},
  {id: q, condition: nan, metric: loss, action: {do: rescue}, settle: 0},
]}`
const KEY = { name: 'loss', direction: 'min' } as const
const engine = (more: object = {}): RuleEngine => engineOf(RULES, { keyMetric: KEY, ...more })

const RESCUE: JsonObject = {
  ...{
    kind: 'ladder',
    tag: 'auto-start',
    rate: 0.1,
    skip: null,
    metric: 'loss',
    rateKey: 'lr',
    module: 'opt',
    rate0: 1,
  },
  ...{ count: 2, awaits: 'ap-a1-1.2', isTwoSided: false, first: 2, span: 40, index: 2, isLast: false },
  rungs: [
    { index: 1, level: 3 },
    { index: 2, level: null },
  ],
}
const FRESH = { held: 0, cleared: 0, isArmed: true, firedAt: null, patience: 1, worse: 0 }
const SAVED = {
  ...{ n: 4, count: 3, clock: 70, mode: 'suggest', last_step: 60, acted: 2 },
  measured: [{ id: 'a1-2', rule: 'r', step: 50, clock: 55, settle: 10 }],
  procedure: { id: 'a1-1', rule: 'q', state: RESCUE, back_to: 7 },
  last_rollback: { step: 40, from: 30, to: 41 },
  watch: { names: [], windows: {} },
  arming: {
    r: { held: 1, cleared: 2, isArmed: false, firedAt: 55, patience: 4, worse: 1 },
    ...{ q: FRESH, ai: FRESH, agent: FRESH },
  },
  changes: { clocks: { lr: 55 }, anchors: { lr: 0.5 }, last_step: 50 },
  values: [{ key: 'lr', clock: 55, old: 0.4 }],
  checkpoints: [{ tag: 'auto-start', step: 0, clock: 1 }],
  open: [{ id: 'a1-1', cid: 'ap-a1-1.2', rule: 'q', isProposal: true }],
  epochs: { known: 20, current: 3, begun_at: 60 },
}

test('an engine is the same after its state was saved and restored', () => {
  const restored = engine()
  restored.restore(SAVED)
  expect(restored.snapshot()).toEqual(SAVED)
  expect([restored.mode, restored.waiting, restored.hasOpen('q'), restored.saving(null)]).toEqual([
    ...['suggest', 'a1-1', true],
    { epochSteps: 20, isBusy: true, checkpoints: SAVED.checkpoints, permission: 'auto' },
  ])
  expect(restored.status()).toEqual({
    ...{ mode: 'suggest', key_metric: 'loss', rules: 2, actions: 2 },
    open: [{ id: 'a1-1', rule: 'q', state: 'open' }],
    rescue: { id: 'a1-1', kind: 'ladder', rungs: 2 },
  })
})

test('missing or invalid fields in a saved state get their defaults', () => {
  const fresh = engine({ n: 9 })
  const before = fresh.snapshot()
  for (const wrong of [null, 3, 'x', [1]]) fresh.restore(wrong)
  expect(fresh.snapshot()).toEqual(before)
  const empty = engine({ n: 9 })
  empty.restore({})
  expect(empty.snapshot()).toEqual(before)
  const bad = engine({ n: 9 })
  bad.restore({
    ...{ n: 'x', count: 'x', clock: 'x', mode: 'fast', last_step: 'x', acted: 'x', measured: 3, last_rollback: 3 },
    ...{ procedure: { id: 3, rule: 'q', state: RESCUE }, arming: { r: 3 } },
  })
  expect(bad.snapshot()).toEqual(before)
  const procedure = (saved: object): unknown => {
    const one = engine()
    one.restore({ procedure: { ...SAVED.procedure, ...saved } } as never)
    const { procedure: is } = one.snapshot() as typeof SAVED
    return is
  }
  expect([procedure({ rule: 3 }), procedure({ state: 3 }), procedure({ id: null })]).toEqual([null, null, null])
  for (const more of [
    { kind: 'up' },
    { metric: 3 },
    { rateKey: null },
    { tag: 3 },
    { rate0: 'x' },
    { rate: null },
    { count: '2' },
    { rungs: 3 },
  ])
    expect(procedure({ state: { ...RESCUE, ...more } }), JSON.stringify(more)).toBeNull()
  expect(procedure({ back_to: 'x' })).toEqual({ ...SAVED.procedure, back_to: null })
  for (const kind of ['rollback', 'lower'])
    expect(procedure({ state: { ...RESCUE, kind } })).toMatchObject({ state: { kind } })
  const rollback = engine()
  rollback.restore({ last_rollback: { step: 'x', from: 3 } })
  expect(rollback.snapshot()).toMatchObject({ last_rollback: { step: 0, from: 3, to: 0 } })
})

const RECORD: ActionRecord = {
  ...{ id: 'a1-1', state: 'open', rule: 'r', metric: 'loss', step: 40, ts: 20, because: 'x', confidence: 'low' },
  ...{ source: 'autopilot', next: null, cid: 'ap-a1-1', by: null, decision: null, seq: null, error: null },
  command: { module: 'opt', op: 'set_params', params: { lr: 1 }, expect: { lr: 0.5 }, expires: { step: 90 } },
  ...{ outcome: null, outcomeBecause: null, again: 0, plan: [], evidence: {}, procedure: null },
}

/** An engine that received 50 steps, and then the actions from earlier starts. */
function recalled(actions: readonly Partial<ActionRecord>[], ledger: readonly LedgerLine[] = []): RuleEngine {
  const one = engine({ n: 2 })
  play(
    one,
    course(
      Array.from({ length: 50 }, () => 0.5),
      'loss',
    ),
  )
  const story: AutopilotHistory = { n: 1, actions: actions.map((more) => ({ ...RECORD, ...more })) }
  one.recall(story, ledger)
  return one
}

const part = (one: RuleEngine, name: string): unknown => (one.snapshot() as JsonObject)[name]

test('after a restart, open actions are still awaited, with the values that their last command expects', () => {
  const open = {
    ...{ id: 'a1-1', cid: 'ap-a1-1', rule: 'r', metric: 'loss', keys: ['lr'], isProposal: true },
    ...{ expect: { lr: 0.5 }, expires: { step: 90 }, isMeasured: true },
  }
  expect(part(recalled([{}]), 'open')).toEqual([open])
  expect(part(recalled([{ state: 'queued', rule: null }]), 'open')).toEqual([{ ...open, rule: '', isProposal: false }])
  const next = { module: 'opt', op: 'stop', expect: 3 } as JsonObject
  expect(part(recalled([{ next }]), 'open')).toEqual([{ ...open, keys: [], expect: null, expires: null }])
  for (const state of ['told', 'applied', 'failed', 'frozen', 'expired', 'dismissed', 'lapsed'] as const)
    expect(part(recalled([{ state }]), 'open'), state).toEqual([])
  expect([part(recalled([{ cid: null }]), 'open'), part(recalled([{ command: null }]), 'open')]).toEqual([[], []])
})

test('after a restart, it is known which rules fired, and how many actions needed no approval', () => {
  const state = (more: Partial<ActionRecord>): unknown => {
    const one = recalled([more])
    const { firedAt, isArmed } =
      (part(one, 'arming') as Record<string, { firedAt: unknown; isArmed: unknown }>)['r'] ?? {}
    return [firedAt, isArmed, part(one, 'acted')]
  }
  // The clock is at 50 after 50 steps.
  expect([state({}), state({ step: 49 }), state({ step: 60 }), state({ step: null })]).toEqual([
    [41, false, 0],
    [50, false, 0],
    [50, false, 0],
    [50, false, 0],
  ])
  expect([state({ state: 'applied' }), state({ state: 'queued' }), state({ state: 'failed' })]).toEqual(
    Array(3).fill([41, false, 1]),
  )
  for (const more of [
    { state: 'lapsed' },
    { state: 'dismissed' },
    { state: 'applied', by: 'ann' },
    { state: 'told', command: null },
  ] as const)
    expect(state(more), JSON.stringify(more)).toEqual([41, false, 0])
  expect(state({ rule: null, state: 'applied' })).toEqual([null, true, 1])
})

test('actions in the last hour before a restart count', () => {
  const one = engine({ n: 2, mode: 'auto' })
  one.recall({ n: 1, actions: Array.from({ length: 30 }, () => ({ ...RECORD, state: 'applied', ts: 4000 })) as never })
  const seen = {
    epoch: null,
    isFrozen: false,
    isPaused: false,
    total: null,
    lines: [],
    controls: () => [control('lr', 1)],
  }
  one.look({ ...seen, step: 0, metrics: { loss: 0 } })
  const at = (step: number, now: number): unknown => one.look({ ...seen, step, metrics: { loss: 2 }, now })[0]
  expect(at(30, 4100)).toMatchObject({ kind: 'propose', because: expect.stringMatching(/ actions were taken in /) })
})

test('a restart continues a rescue whose command waits for an answer, or whose rung was loaded', () => {
  const rescue = (more: Partial<ActionRecord>): unknown =>
    part(recalled([{ rule: 'q', procedure: RESCUE, ...more }]), 'procedure')
  const continued = { id: 'a1-1', rule: 'q', back_to: null, state: { ...RESCUE, awaits: 'ap-a1-1' } }
  expect([rescue({}), rescue({ state: 'queued' })]).toEqual([continued, continued])
  expect(rescue({ state: 'applied' })).toEqual({ ...continued, state: { ...RESCUE, awaits: null } })
  expect(rescue({ rule: null })).toEqual({ ...continued, rule: '' })
  for (const more of [
    ...[{ state: 'failed' }, { state: 'dismissed' }, { cid: null }, { procedure: null }],
    ...[{ state: 'applied', procedure: { ...RESCUE, isLast: true } }],
    ...[{ state: 'applied', procedure: { ...RESCUE, kind: 'rollback' } }],
  ])
    expect(rescue(more as never), JSON.stringify(more)).toBeNull()
})

test('after a restart, the checkpoints and the values in the ledger are known', () => {
  const save = (step: number, at: number | null): LedgerLine =>
    ledgerLine({ step: at, module: 'core', op: 'checkpoint', payload: { action: 'save', tag: `auto-${step}`, step } })
  const set = ledgerLine({ step: 30, payload: { lr: 0.5 }, old: { lr: 0.25 } })
  const one = recalled([], [save(0, null), save(20, 20), set, save(99, 99)])
  expect([part(one, 'checkpoints'), part(one, 'values')]).toEqual([
    [
      { tag: 'auto-0', step: 0, clock: 0 },
      { tag: 'auto-20', step: 20, clock: 20 },
      { tag: 'auto-99', step: 99, clock: 50 },
    ],
    [{ key: 'lr', clock: 30, old: 0.25 }],
  ])
})

test('the clock counts computed steps, including steps that are repeated', () => {
  const clock = (...steps: readonly number[]): unknown => {
    const one = engine()
    for (const { step, metrics } of steps.map((step) => ({ step, metrics: { loss: 0.5 } })))
      one.fill({
        ...{ step, metrics, epoch: null, isFrozen: false, isPaused: false, total: null, lines: [] },
        controls: () => [],
      })
    return [part(one, 'clock'), part(one, 'last_step')]
  }
  expect([clock(7), clock(7, 10), clock(7, 10, 10), clock(7, 10, 3), clock(7, 10, 3, 5)]).toEqual([
    [1, 7],
    [4, 10],
    [4, 10],
    [5, 3],
    [7, 5],
  ])
})
