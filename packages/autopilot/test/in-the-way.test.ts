import { expect, test } from 'vitest'
import type { AutopilotEvent, Mode } from '../src/index.ts'
import { control, course, engineOf, ledgerLine, play } from './support.ts'

// `mild` proposes at step 0. The loss diverges at step 40.
const RULES = `{version: 2, rules: [
  {id: mild, when: step == 0 or step == 30, action: {set: {lr: x0.5}}, settle: 0, cooldown: 0},
  {id: grave, condition: divergence, metric: train_loss, action: {do: rescue}, confidence: high, settle: 0},
  {id: other, when: step == 20, action: {set: {lr: x0.9}}, confidence: high, settle: 0},
]}`
const LOSSES = [...Array.from({ length: 40 }, (_, i) => 1 / (i + 1)), 9, 9, 9, 9, 9]

function told(events: readonly AutopilotEvent[]): string[] {
  return events.flatMap((event) => ('rule' in event ? [`${event.step} ${event.kind} ${event.rule}`] : []))
}

function steps(mode: Mode, values: Record<string, number> = { lr: 0.1 }, losses = LOSSES): string[] {
  return told(play(engineOf(RULES, { mode }), course(losses), values))
}

test("a rescue does not wait for another rule's unanswered proposal on the same control", () => {
  expect(steps('suggest')).toEqual(['0 propose mild', '20 alert other', '30 alert mild', '42 propose grave'])
})

test('in mode auto an action does not wait for an unanswered proposal', () => {
  const engine = engineOf(RULES, { mode: 'suggest' })
  play(engine, course(LOSSES.slice(0, 10)))
  engine.setMode('auto')
  expect(told(play(engine, course(LOSSES.slice(10), 'train_loss', 10)))).toEqual([
    '20 act other',
    '30 act mild',
    '42 act grave',
  ])
})

test('a proposal whose control has changed since would be refused, so it does not block another one', () => {
  const engine = engineOf(RULES, { mode: 'suggest' })
  play(engine, course(LOSSES.slice(0, 10)), { lr: 0.1 })
  const events = play(engine, course(LOSSES.slice(10, 40), 'train_loss', 10), { lr: 0.3 })
  expect(told(events)).toEqual(['20 propose other', '30 alert mild'])
})

test('a rescue waits for an action that the trainer has yet to decide, and begins right after the decision', () => {
  const engine = engineOf(RULES)
  const base = { epoch: null, isFrozen: false, isPaused: false, total: null, controls: () => [control('lr', 0.1)] }
  const look = (step: number, lines: readonly ReturnType<typeof ledgerLine>[] = []): string[] =>
    told(engine.look({ ...base, step, metrics: { train_loss: LOSSES[step] ?? 9 }, lines }))
  const cid = 'ap-a1-1'
  expect(look(0)).toEqual(['0 act mild'])
  expect(Array.from({ length: 45 }, (_, i) => look(i + 1)).flat()).toEqual(['20 alert other', '30 alert mild'])
  expect(look(46, [ledgerLine({ step: 45, cid, source: 'autopilot', payload: { lr: 0.1 } })])).toEqual(['46 act grave'])
})

test('under a schedule, a rule on the rate and one on its scale do not act at the same time', () => {
  const scaled = `{version: 2, rules: [
    {id: a, when: step == 0, action: {set: {scheduler_scale: x0.5}}, confidence: high, settle: 0},
    {id: b, when: step == 5, action: {set: {lr: x0.5}}, confidence: high, settle: 10},
  ]}`
  const events = play(engineOf(scaled), course(LOSSES.slice(0, 10)), { lr: 0.1, scheduler_scale: 1 })
  expect(told(events)).toEqual(['0 act a'])
})
