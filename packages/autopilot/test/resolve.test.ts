import type { ControlDescription, ProposalRequest } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import {
  type AutopilotEvent,
  DEFAULT_LIMITS,
  type EngineInput,
  type RuleEngine,
  type RuleEngineOptions,
} from '../src/index.ts'
import { control, engineOf, ledgerLine } from './support.ts'

const LR = [control('lr', 0.1)]
const SEEN: EngineInput = {
  ...{ step: 1, epoch: null, metrics: { loss: 2 }, controls: () => LR, lines: [] },
  ...{ isFrozen: false, isPaused: false, total: null },
}
const RULE =
  '{version: 2, rules: [{id: r, when: loss > 1, action: {set: {lr: x0.5}}, settle: 0, cooldown: 0, confidence: high}]}'

const engine = (options: Partial<RuleEngineOptions> = {}, rules = RULE): RuleEngine => engineOf(rules, options)
const look = (one: RuleEngine, more: Partial<EngineInput> = {}): readonly AutopilotEvent[] =>
  one.look({ ...SEEN, ...more })
const told = (events: readonly AutopilotEvent[]): readonly string[] =>
  events.map((event) => ('rule' in event ? `${event.kind} ${event.rule}: ${event.because}` : event.kind))

const EVENT = {
  ...{ id: 'a1-1', step: 1, rule: 'r', metric: 'loss', confidence: 'high', because: 'loss > 1 is true' },
  evidence: { lr: { from: 0.1, to: 0.05 } },
}
const COMMAND = {
  ...{ source: 'autopilot', note: 'r: loss > 1 is true', module: 'opt', op: 'set_params', params: { lr: 0.05 } },
  ...{ expect: { lr: 0.1 }, cid: 'ap-a1-1', expires: { step: 10_001 } },
}

test('a rule that fires acts, proposes or reports, with all its evidence', () => {
  const acts = { ...EVENT, kind: 'act', command: COMMAND, plan: [], procedure: null, isContinued: false }
  expect(look(engine())).toEqual([acts])
  const { isContinued: _, ...rest } = acts
  expect(look(engine({ mode: 'suggest' }))).toEqual([{ ...rest, kind: 'propose' }])
  const [frozen] = look(engine(), { isFrozen: true })
  expect(frozen).toEqual({
    ...{ ...EVENT, kind: 'alert', evidence: {} },
    because: 'loss > 1 is true; nothing is done: the run is frozen',
  })
})

const ai = (more: object = {}): Parameters<RuleEngine['request']>[1] => ({
  ...{
    action: { kind: 'set', values: { lr: { to: 0.06 } } },
    because: 'stuck',
    evidence: { question: 'c1' },
    askBecause: '',
  },
  ...more,
})

test("a model's request is an action with its own rule and source", () => {
  const base = { id: 'a1-1', step: 1, rule: 'ai', metric: null, confidence: 'high', because: 'stuck' }
  const evidence = { lr: { from: 0.1, to: 0.06 }, question: 'c1' }
  const command = { ...COMMAND, source: 'ai', note: 'ai: stuck', params: { lr: 0.06 } }
  const acts = { ...base, kind: 'act', evidence, command, plan: [], procedure: null, isContinued: false }
  expect(engine().request(SEEN, ai())).toEqual([acts])
  expect(engine().request(SEEN, ai({ askBecause: 'it is late' }))).toMatchObject([
    { kind: 'propose', because: 'stuck; needs approval because it is late' },
  ])
  expect(engine({ mode: 'off' }).request(SEEN, ai())).toEqual([
    { ...base, kind: 'alert', because: 'stuck; nothing is done: the mode is off', evidence: { question: 'c1' } },
  ])
  // Without approval, a model may change less than a rule.
  expect(told(engine().request(SEEN, ai({ action: { kind: 'set', values: { lr: { to: 0.25 } } } })))).toEqual([
    'propose ai: stuck; needs approval because lr may be changed by at most x2 without approval',
  ])
})

test('if a rule and a model request an action at the same step, only one acts', () => {
  const first = engine()
  look(first)
  expect(told(first.request(SEEN, ai()))).toEqual(['alert ai: stuck; nothing is done: r acts at this step'])
  const second = engine()
  second.request(SEEN, ai())
  expect(told(look(second))).toEqual(['alert r: loss > 1 is true; nothing is done: ai acts at this step'])
  const third = engine()
  third.request(SEEN, ai())
  expect(told(third.request({ ...SEEN, step: 2 }, ai()))).toEqual(['alert ai: stuck; nothing is done: a1-1 is open'])
})

const REQUEST: ProposalRequest = {
  ...{ id: 'q1', ts: 40, source: 'mcp', author: 'bot', note: 'too high', step: 6, seq: 2 },
  command: { module: 'opt', op: 'set_params', params: { lr: 0.06 }, expect: { lr: 0.1 } },
}

test("an agent's request is only proposed, in every mode except off, and does not use up the step's action", () => {
  const because = 'bot asked through mcp: too high'
  const proposed = [`propose agent: ${because}; needs approval because an agent requested it`]
  const one = engine()
  const [event] = one.propose(SEEN, REQUEST, null)
  expect(event).toMatchObject({
    ...{ kind: 'propose', id: 'a1-1', rule: 'agent', metric: null, confidence: 'high' },
    evidence: { lr: { from: 0.1, to: 0.06 }, request: 'q1', seen_step: 6, seen_seq: 2 },
    command: { ...COMMAND, note: `agent: ${because}`, params: { lr: 0.06 } },
  })
  expect(told(engine({ mode: 'suggest' }).propose(SEEN, REQUEST, null))).toEqual(proposed)
  const reported = (why: string): readonly string[] => [`alert agent: ${because}; nothing is done: ${why}`]
  expect(told(engine({ mode: 'off' }).propose(SEEN, REQUEST, null))).toEqual(reported('the mode is off'))
  const [stale] = engine().propose(SEEN, REQUEST, 'it is old')
  expect(stale).toMatchObject({
    ...{ kind: 'alert', because: `${because}; nothing is done: it is old` },
    evidence: { request: 'q1', seen_step: 6, seen_seq: 2 },
  })
  expect(told(look(one, { metrics: { loss: 2 } }))).toEqual(['act r: loss > 1 is true'])
})

test('five agent requests may wait, on different controls', () => {
  const keys = ['a', 'b', 'c', 'd', 'e', 'f']
  const controls = (): readonly ControlDescription[] => keys.map((key) => control(key, 1))
  const one = engine()
  const request = (key: string): readonly string[] =>
    told(
      one.propose(
        { ...SEEN, controls },
        { ...REQUEST, command: { module: 'opt', op: 'set_params', params: { [key]: 2 } } },
        null,
      ),
    )
  const kinds = keys.map((key) =>
    request(key)
      .map((text) => text.split(' ')[0])
      .join(),
  )
  expect(kinds).toEqual(['propose', 'propose', 'propose', 'propose', 'propose', 'alert'])
  expect(request('f')[0]).toContain('nothing is done: 5 agent proposals are already waiting for an answer')
  const two = engine()
  two.propose(SEEN, REQUEST, null)
  expect(told(two.propose(SEEN, { ...REQUEST, author: null, id: 'q2' }, null))).toEqual([
    'alert agent: an agent asked through mcp: too high; nothing is done: a1-1 is open',
  ])
})

test('an id from an earlier start is reused for a rule, but never for an agent', () => {
  const idOf = (): string => 'a0-7'
  expect([look(engine({ idOf }))[0]?.id, engine({ idOf }).propose(SEEN, REQUEST, null)[0]?.id]).toEqual([
    'a0-7',
    'a1-1',
  ])
})

const TWO = (first: string, second: string): string =>
  `{version: 2, rules: [{id: a, when: loss > 1, settle: 0, ${first}}, {id: b, when: loss > 1, settle: 0, ${second}}]}`

test('an action on a control in use waits, and a rescue in progress stops all others', () => {
  const one = engine(
    {},
    TWO('action: {set: {lr: x0.5}}, cooldown: 99', 'action: {set: {lr: x0.9}}, cooldown: 0, clear: 0'),
  )
  expect(told(look(one))).toEqual([
    'act a: loss > 1 is true',
    'alert b: loss > 1 is true; nothing is done: a acts at this step',
  ])
  expect(look(one, { step: 2 })).toMatchObject([
    { kind: 'alert', rule: 'b', because: 'loss > 1 is true; nothing is done: a1-1 is open', evidence: {} },
  ])
  const same = engine()
  look(same)
  look(same, { step: 2, metrics: { loss: 0 } })
  expect(look(same, { step: 3 })).toMatchObject([
    { because: 'loss > 1 is true; nothing is done: a1-1 is open', evidence: { again: 'a1-1' } },
  ])
  const rescue = (mode: 'auto' | 'suggest'): readonly string[] => {
    const rules =
      '{version: 2, rules: [{id: n, condition: nan, metric: x, action: {do: rescue}, settle: 0, confidence: high}, {id: w, when: loss > 1, action: {set: {wd: 1}}, settle: 0, confidence: high}]}'
    const both = engine({ mode }, rules)
    const controls = (): readonly ControlDescription[] => [...LR, control('wd', 0)]
    look(both, { controls, metrics: { x: 1 } })
    look(both, { step: 2, controls, metrics: { x: null } })
    return told(look(both, { step: 3, controls }))
  }
  expect(rescue('auto')).toEqual(['alert w: loss > 1 is true; nothing is done: a1-1 is under way'])
  expect(rescue('suggest')).toEqual(['alert w: loss > 1 is true; nothing is done: a1-1 is waiting for an answer'])
})

test("after two actions that made things worse, a rule's actions need approval", () => {
  const one = engine()
  one.restore({ ...(one.snapshot() as object), arming: { r: { worse: 2 } } } as never)
  expect(told(look(one))).toEqual([
    'propose r: loss > 1 is true; needs approval because its last two actions made things worse',
  ])
  const other = engine()
  other.restore({ arming: { r: { worse: 1 } } })
  expect(told(look(other))).toEqual(['act r: loss > 1 is true'])
})

test('an action counts towards the limits per run and per hour, but a proposal does not', () => {
  const limits = { ...DEFAULT_LIMITS, perHour: 1 }
  const answer = ledgerLine({ cid: 'ap-a1-1', source: 'autopilot', payload: { lr: 0.1 } })
  const one = engine({ limits })
  look(one, { now: 1000 })
  look(one, { step: 2, now: 1001, metrics: { loss: 0 }, lines: [answer] })
  expect(one.status()['actions']).toBe(1)
  expect(told(look(one, { step: 3, now: 4599 }))).toEqual([
    'propose r: loss > 1 is true; needs approval because 1 actions were taken in the last hour',
  ])
  expect(one.status()['actions']).toBe(1)
})

test('a rule with low confidence only reports in suggest, and its confidence is the reason', () => {
  const low = RULE.replace('confidence: high', 'confidence: low')
  expect(told(look(engine({ mode: 'suggest' }, low)))).toEqual([
    'alert r: loss > 1 is true; nothing is done: its confidence is low',
  ])
})

test('a rule that needs no answer does not expire before its settling time has passed twice', () => {
  const settle = (steps: number): unknown => {
    const [event] = look(engine({}, RULE.replace('settle: 0', `settle: ${steps}`)))
    return event?.kind === 'act' ? event.command.expires : event
  }
  expect([settle(5000), settle(5001), settle(20_000)]).toEqual([{ step: 10_001 }, { step: 10_003 }, { step: 40_001 }])
})

test('a rescue that would lose too much of the run needs approval', () => {
  const rules =
    '{version: 2, rules: [{id: n, condition: nan, metric: x, action: {do: rescue}, settle: 0, confidence: high}]}'
  const start = ledgerLine({
    step: 0,
    module: 'core',
    op: 'checkpoint',
    payload: { action: 'save', tag: 'auto-start', step: 0 },
  })
  const because = (total: number): unknown => {
    const one = engine({}, rules)
    look(one, { step: 0, metrics: { x: 1 }, lines: [start], total })
    return told(look(one, { step: 15, metrics: { x: null }, total }))
  }
  expect(because(100)).toEqual(['act n: x: not finite at step 15'])
  expect(because(99)).toEqual([
    'propose n: x: not finite at step 15; needs approval because 15 % of the run would be lost',
  ])
})

test('without a metric that has values, nothing can be rescued', () => {
  const one = engine()
  expect(told(one.request(SEEN, ai({ action: { kind: 'do', what: 'rescue' } })))).toEqual([
    'alert ai: stuck; nothing is done: it has no metric',
  ])
  const keyed = engine({ keyMetric: { name: 'loss', direction: 'min' } })
  look(keyed, { metrics: { loss: 0.5 } })
  expect(keyed.request(SEEN, ai({ action: { kind: 'do', what: 'rescue' } }))).toMatchObject([
    {
      kind: 'act',
      command: { source: 'ai', params: { lr: 0.01 } },
      evidence: { onset: null, kind: 'lower', from: 0.1, to: 0.01, question: 'c1' },
    },
  ])
})
