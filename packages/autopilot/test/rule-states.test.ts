import { expect, test } from 'vitest'
import {
  type ActionRecord,
  conditionText,
  DEFAULT_RULES,
  describeRuleState,
  firingsText,
  formatRules,
  readRuleFile,
  ruleStates,
} from '../src/index.ts'

const ACTION: ActionRecord = {
  id: 'a1-1',
  state: 'applied',
  rule: 'mine',
  metric: 'loss',
  step: 310,
  ts: 1,
  because: null,
  confidence: 'high',
  source: 'autopilot',
  command: null,
  cid: null,
  by: null,
  decision: null,
  seq: null,
  error: null,
  outcome: null,
  outcomeBecause: null,
  again: 0,
  plan: [],
  evidence: {},
  procedure: null,
  next: null,
}
const RULE = { id: 'mine', enabled: true, cooldown: 100 }

function told(rule: typeof RULE, actions: readonly Partial<ActionRecord>[], step: number | null): string[] {
  return ruleStates(
    [rule],
    actions.map((one) => ({ ...ACTION, ...one })),
    step,
  ).map(describeRuleState)
}

test('a rule has one state, and all details from its actions', () => {
  const state = (actions: readonly Partial<ActionRecord>[], step: number | null, rule = RULE): unknown =>
    ruleStates(
      [rule],
      actions.map((one) => ({ ...ACTION, ...one })),
      step,
    )[0]
  const none = {
    rule: 'mine',
    state: 'ready',
    fired: 0,
    lastStep: null,
    action: null,
    until: null,
    isRestrained: false,
  }
  const once = { ...none, fired: 1, lastStep: 310 }
  expect([state([], 5), state([{ rule: null }], 5), state([{ step: null }], 5)]).toEqual([
    none,
    none,
    { ...none, fired: 1 },
  ])
  expect([state([{}], 409), state([{}], 410), state([{}], null)]).toEqual([
    { ...once, state: 'cooling', until: 410 },
    once,
    once,
  ])
  expect([state([{ state: 'open' }], 350), state([{ state: 'queued' }], 350)]).toEqual([
    { ...once, state: 'asking', action: 'a1-1', until: 410 },
    { ...once, state: 'queued', action: 'a1-1', until: 410 },
  ])
  expect(state([{ state: 'open' }], 350, { ...RULE, enabled: false })).toMatchObject({ state: 'off', action: 'a1-1' })
  const two = [{ id: 'a1-1', state: 'open' }, { id: 'a1-2', state: 'queued' }, { id: 'a1-3' }] as const
  expect(state(two, null)).toMatchObject({ state: 'queued', action: 'a1-2', fired: 3 })
  const restrained = (...outcomes: readonly ActionRecord['outcome'][]): boolean =>
    ruleStates(
      [RULE],
      outcomes.map((outcome) => ({ ...ACTION, outcome })),
      null,
    )[0]?.isRestrained === true
  expect([restrained('worse'), restrained('worse', 'worse'), restrained('worse', 'better', 'worse')]).toEqual([
    ...[false, true, false],
  ])
  expect([restrained('worse', null, 'refused', 'worse'), restrained('worse', 'worse', 'unclear')]).toEqual([
    true,
    false,
  ])
  expect(told(RULE, [{ state: 'open' }], 350)).toEqual(['fired once, last at step 310; a1-1 is waiting for a person'])
  expect(told(RULE, [{ step: null }, {}, { step: null }], 900)).toEqual(['fired 3 times'])
})

test('the state of a rule is derived from its actions', () => {
  expect(told(RULE, [], 5)).toEqual(['has not fired'])
  expect(told({ ...RULE, enabled: false }, [{}], 5)).toEqual(['off'])
  expect(told(RULE, [{}], 350)).toEqual(['fired once, last at step 310; does not fire again before step 410'])
  expect(told(RULE, [{}], 410)).toEqual(['fired once, last at step 310'])
  expect(told(RULE, [{ rule: 'other' }], 410)).toEqual(['has not fired'])
  expect(told(RULE, [{}, { id: 'a1-2', state: 'open', step: 1644 }], null)).toEqual([
    'fired twice, last at step 1,644; a1-2 is waiting for a person',
  ])
  expect(told(RULE, [{}, { id: 'a1-2', state: 'queued' }], 900)).toEqual([
    'fired twice, last at step 310; a1-2 is waiting for the trainer',
  ])
})

test('a rule whose last two actions made things worse only proposes', () => {
  const worse = { outcome: 'worse' } as const
  expect(told(RULE, [worse, worse], 900)[0]).toMatch(/only proposes: its last two actions made things worse$/)
  expect(told(RULE, [worse, { outcome: 'better' }, worse], 900)[0]).not.toMatch(/only proposes/)
})

test('the steps of a dry run are listed in words, and long lists end with a count', () => {
  expect(firingsText([])).toBe('would not have fired')
  expect(firingsText([310])).toBe('would have fired at 310')
  expect(firingsText([310, 644])).toBe('would have fired at 310 and 644')
  expect(firingsText([1, 2, 3, 4, 5, 6, 7, 8, 9], 1200)).toBe(
    'would have fired at 1, 2, 3, 4, 5, 6, 7, 8 and 1,192 times more',
  )
})

test('the built-in rules, written as a file, are read as the same rules', () => {
  const read = readRuleFile(formatRules(DEFAULT_RULES.rules))
  if (!read.ok) throw new Error(read.reason)
  expect(read.value.rules.map((rule) => ({ ...rule, place: null }))).toEqual(DEFAULT_RULES.rules)
})

test('rules with expressions, parameters and ops are written to a file completely', () => {
  const text = `version: 2
rules:
  - {id: a, when: "\`val/loss\` > 2", action: {set: {lr: x0.5, wd: +0.1, k: 3}}, hold: 3, clear: 1, enabled: false}
  - {id: b, condition: spike, metric: loss, params: {window: 32}, action: {op: {module: cb, op: disable, id: noisy}}, confidence: low}
`
  const read = readRuleFile(text)
  const again = read.ok ? readRuleFile(formatRules(read.value.rules)) : read
  if (!read.ok || !again.ok) throw new Error('must be read')
  const bare = ({ rules }: typeof read.value): object[] =>
    rules.map((rule) => ({ ...rule, place: null, program: rule.program?.text }))
  expect(bare(again.value)).toEqual(bare(read.value))
  expect(read.value.rules.map(conditionText)).toEqual(['`val/loss` > 2', 'spike of loss'])
})
