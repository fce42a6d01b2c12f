import type { ControlDescription } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { type AutopilotEvent, DEFAULT_LIMITS, type EngineInput, type Limits, type RuleEngine } from '../src/index.ts'
import { control, course, engineOf, ledgerLine, play } from './support.ts'

const rule = (fields: string, action = '{set: {lr: x0.99}}'): string =>
  `{version: 2, rules: [{id: r, action: ${action}, settle: 0, cooldown: 0, confidence: high, ${fields}}]}`

/** Kind and reason of each event that is not an answer. */
function told(events: readonly AutopilotEvent[]): string[] {
  return events.flatMap((event) => ('rule' in event ? [`${event.kind}: ${event.because}`] : []))
}

const SEEN: EngineInput = {
  ...{ step: 1, epoch: null, metrics: { loss: 2 }, controls: () => [control('lr', 0.1)], lines: [] },
  ...{ isFrozen: false, isPaused: false, total: null },
}

function look(engine: RuleEngine, more: Partial<EngineInput> = {}): readonly AutopilotEvent[] {
  return engine.look({ ...SEEN, ...more })
}

/** Lets the rule `loss > 1` fire at every second step, and answers as a trainer would. */
function fire(limits: Partial<Limits>, times: number, seen: Partial<EngineInput> = {}): string[] {
  const engine = engineOf(rule('when: loss > 1'), { limits: { ...DEFAULT_LIMITS, ...limits } })
  const values = Array.from({ length: 2 * times }, (_, i) => (i % 2 === 0 ? 2 : 0))
  return told(play(engine, course(values, 'loss'), { lr: 0.1 }, seen)).map((text) =>
    text.replace('loss > 1 is true', 'x'),
  )
}

test('actions beyond the limits per run need approval, and so do those beyond the hourly limit if there is a clock', () => {
  expect(fire({ perRun: 2 }, 3)).toEqual([
    'act: x',
    'act: x',
    'propose: x; needs approval because 2 actions were taken in this run',
  ])
  expect(fire({ perHour: 2 }, 3)).toEqual(['act: x', 'act: x', 'act: x'])
  expect(fire({ perHour: 2 }, 3, { now: 5000 })).toEqual([
    'act: x',
    'act: x',
    'propose: x; needs approval because 2 actions were taken in the last hour',
  ])
  expect(fire({ perRun: 0 }, 1)).toEqual(['propose: x; needs approval because 0 actions were taken in this run'])
})

test('actions from more than an hour ago no longer count', () => {
  const engine = engineOf(rule('when: loss > 1'), { limits: { ...DEFAULT_LIMITS, perHour: 1 } })
  const at = (step: number, now: number, loss: number): string[] => {
    const applied = ledgerLine({ step, payload: { lr: 0.1 }, cid: 'ap-a1-1', source: 'autopilot' })
    return told(look(engine, { step, now, metrics: { loss }, lines: step === 2 ? [applied] : [] }))
  }
  expect(at(1, 1000, 2)).toEqual(['act: loss > 1 is true'])
  expect(at(2, 1001, 0)).toEqual([])
  expect(at(3, 4600, 2)).toEqual(['act: loss > 1 is true'])
})

test('a rule only reports in a frozen run, and if its action is `notify`', () => {
  const notify = engineOf(rule('when: loss > 1', '{do: notify}'))
  expect(told(look(notify, { isFrozen: true }))).toEqual(['alert: loss > 1 is true'])
  const set = engineOf(rule('when: loss > 1'))
  expect(told(look(set, { isFrozen: true }))).toEqual(['alert: loss > 1 is true; nothing is done: the run is frozen'])
})

test('in mode off nothing fires, and a mode change applies from the next evaluation on', () => {
  const engine = engineOf(rule('when: loss > 1'), { mode: 'off' })
  expect(told(look(engine))).toEqual([])
  engine.setMode('suggest')
  expect(engine.mode).toBe('suggest')
  look(engine, { step: 2, metrics: { loss: 0 } })
  expect(told(look(engine, { step: 3 }))).toEqual(['propose: loss > 1 is true'])
})

test('while a model is in use, rules only report, except safety rules with high confidence', () => {
  const engine = engineOf(rule('when: loss > 1'))
  engine.setSensing(true)
  expect(told(look(engine))).toEqual([
    'alert: loss > 1 is true; nothing is done: a model is in use, so rules only report',
  ])
  const nan = (confidence: string): string[] => {
    const safe = engineOf(
      `{version: 2, rules: [{id: r, condition: nan, metric: loss, action: {set: {lr: x0.5}}, settle: 0, confidence: ${confidence}}]}`,
    )
    safe.setSensing(true)
    return told([...look(safe, { metrics: { loss: 1 } }), ...look(safe, { step: 2, metrics: { loss: null } })]).map(
      (text) => text.slice(0, 5),
    )
  }
  expect(nan('high')).toEqual(['act: '])
  expect(nan('medium')).toEqual(['alert'])
})

test("a rule's action has the op with its own id and source, and a note with the reason", () => {
  const engine = engineOf(rule('when: loss > 1', '{op: {module: ctl, op: call, id: f, params: {args: [1]}}}'), {
    mode: 'suggest',
  })
  const [event] = look(engine)
  expect(event).toMatchObject({
    kind: 'propose',
    id: 'a1-1',
    command: {
      ...{ source: 'autopilot', module: 'ctl', op: 'call', id: 'f', params: { args: [1] } },
      ...{ cid: 'ap-a1-1', note: 'r: loss > 1 is true', expires: { step: 10_001 } },
    },
    procedure: null,
    plan: [],
  })
  expect(event).not.toHaveProperty('command.expect')
  const clocked = engineOf(rule('when: loss > 1'), { mode: 'suggest' })
  expect(look(clocked, { now: 1000 })[0]).toMatchObject({ command: { expires: { ts: 2800 }, expect: { lr: 0.1 } } })
})

const DIVERGING = [...Array.from({ length: 80 }, (_, i) => 1 + 0.01 * Math.sin(i * 7)), 30, 30, 30]

function rescue(
  controls: readonly ControlDescription[],
  more: Partial<EngineInput> = {},
  condition = 'divergence',
): readonly AutopilotEvent[] {
  const engine = engineOf(
    `{version: 2, rules: [{id: r, condition: ${condition}, metric: loss, action: {do: rescue}, settle: 0, confidence: high}]}`,
  )
  return DIVERGING.flatMap((loss, step) => look(engine, { step, metrics: { loss }, controls: () => controls, ...more }))
}

test('a rescue needs a rate that is not on a ramp', () => {
  expect(told(rescue([])).at(-1)).toContain('nothing is done: this trainer has no control `lr`')
  expect(told(rescue([control('lr', 0.1, { ramp: { to: 1 } as never })])).at(-1)).toContain(
    'nothing is done: `lr` is on a ramp',
  )
})

test('a rescue without a checkpoint lowers the rate to a tenth, and the run continues from there', () => {
  const [event] = rescue([control('lr', 0.1)])
  expect(event).toMatchObject({
    kind: 'act',
    rule: 'r',
    command: { module: 'opt', op: 'set_params', params: { lr: 0.01 } },
  })
  expect(event).toMatchObject({ isContinued: false, evidence: { from: 0.1, to: 0.01 } })
  expect(event?.kind === 'act' ? event.procedure : null).not.toBe(null)
})

test('ids continue within a start, and an id that an earlier start assigned is reused', () => {
  const ids = (engine: RuleEngine): string[] =>
    play(engine, course([2, 0, 2], 'loss')).flatMap((event) => ('rule' in event ? [event.id] : []))
  expect(ids(engineOf(rule('when: loss > 1'), { n: 4 }))).toEqual(['a4-1', 'a4-2'])
  const known = (name: string, step: number): string | undefined => (name === 'r' && step === 0 ? 'a1-7' : undefined)
  expect(ids(engineOf(rule('when: loss > 1'), { n: 4, idOf: known }))).toEqual(['a1-7', 'a4-1'])
})

test('a key metric is guessed from validation metrics, never from a training loss', () => {
  const guessed = (...names: string[]): unknown => {
    const engine = engineOf(rule('when: x > 1'))
    look(engine, { metrics: Object.fromEntries(names.map((name) => [name, 1])) })
    return engine.keyMetric
  }
  expect(guessed('train_loss', 'loss')).toBe(null)
  expect(guessed('train_loss', 'val_loss')).toEqual({ name: 'val_loss', direction: 'min' })
  expect(guessed('val_accuracy', 'lr')).toEqual({ name: 'val_accuracy', direction: 'max' })
  expect(guessed('val_zzz')).toBe(null)
  const named = engineOf(rule('when: x > 1'), { keyMetric: { name: 'mine', direction: 'max' } })
  look(named, { metrics: { val_loss: 1 } })
  expect(named.keyMetric).toEqual({ name: 'mine', direction: 'max' })
})

test('a disabled rule never fires', () => {
  expect(told(look(engineOf(rule('when: loss > 1, enabled: false'))))).toEqual([])
})
