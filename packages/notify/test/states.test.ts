import type { AutopilotLine, LedgerLine } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { createPace } from '../src/engine/pace.ts'
import { createProposalFold } from '../src/engine/proposals.ts'
import { judgeState, type RememberedRun } from '../src/engine/states.ts'
import { createTimers, type Seen } from '../src/engine/timers.ts'
import { composeMessage, createNotifyEngine, type NotifyFacts, type NotifyRule } from '../src/index.ts'
import { STATES, type StateName } from '../src/types.ts'

const FACTS: NotifyFacts = {
  ...{ now: 1000, step: 40, stepSeconds: 1, life: 'alive', deadBecause: null, isProcessGone: false, closed: false },
  ...{ stoppedEarly: false, exitCode: null, paused: false, freeze: 'off', attempt: 1, deadFor: 0, stillFor: 0 },
  ...{ quietFor: 0, pace: null, proposals: [], alerts: [] },
}
const BEFORE: RememberedRun = { wasAlive: true, attempt: 1, wasClosed: false }

/** The current states of a run, each with its reason. */
function statesOf(facts: Partial<NotifyFacts>, before: Partial<RememberedRun> = {}): readonly string[] {
  const all = { ...FACTS, ...facts }
  return STATES.flatMap((name) =>
    judgeState(name, all, { ...BEFORE, ...before }).map(
      ({ about, because, action }) =>
        `${name}${about === '' ? '' : ` [${about}]`}: ${because}${action === undefined ? '' : ` <${action}>`}`,
    ),
  )
}

describe('a run is in a state', () => {
  test.each<[Partial<NotifyFacts>, string[]]>([
    [{}, []],
    [{ closed: true, life: 'dead' }, ['finished: the run ended at step 40']],
    [{ closed: true, life: 'dead', step: null }, ['finished: the run ended']],
    [{ closed: true, exitCode: 0, life: 'dead' }, ['finished: the run ended at step 40']],
    [{ closed: true, stoppedEarly: true, life: 'dead' }, ['stopped: the run was stopped at step 40']],
    [{ closed: true, exitCode: 3, life: 'dead' }, ['failed: the trainer exited with code 3 at step 40']],
    [
      { closed: true, stoppedEarly: true, exitCode: 3, life: 'dead' },
      ['failed: the trainer exited with code 3 at step 40'],
    ],
    [{ isProcessGone: true, life: 'dead' }, ['failed: the trainer is gone, and the run was not closed at step 40']],
    [
      { isProcessGone: true, life: 'dead', deadBecause: 'its process 7 is gone' },
      ['failed: its process 7 is gone, and the run was not closed at step 40'],
    ],
    [{ life: 'dead', deadFor: 59 }, []],
    [{ life: 'dead', deadFor: 60.4 }, ['lost: no sign of life for 60 s at step 40']],
    [
      { life: 'dead', deadFor: 61, deadBecause: 'its document is old' },
      ['lost: no sign of life for 61 s: its document is old at step 40'],
    ],
    [{ life: 'unknown', deadFor: 90 }, []],
    [{ attempt: 2 }, ['superseded [attempt 2]: attempt 2 has taken over the run from attempt 1']],
    [{ attempt: null }, []],
    [{ paused: true }, ['paused: the run is paused at step 40']],
    [{ paused: true, life: 'dead' }, []],
    [{ freeze: 'prod' }, ['frozen: the run is frozen: prod']],
    [{ freeze: 'prod', life: 'unknown' }, []],
    [{ stillFor: 3600.4 }, ['stalled: the trainer is alive but has not taken a step for 3600 s at step 40']],
    [{ stillFor: 3600, paused: true }, ['paused: the run is paused at step 40']],
    [{ stillFor: 3600, life: 'unknown' }, []],
    [{ quietFor: null }, []],
    [{ quietFor: 3600, life: 'unknown' }, []],
    [
      { proposals: [{ id: 'a1', rule: null, reason: 'why', cid: null }] },
      ['waiting_approval [a1]: a1 is waiting for an answer: why <a1>'],
    ],
    [
      { proposals: [{ id: 'a1', rule: 'r', reason: 'why', cid: null }] },
      ['waiting_approval [a1]: a1 (r) is waiting for an answer: why <a1>'],
    ],
    [{ life: 'dead', proposals: [{ id: 'a1', rule: 'r', reason: 'why', cid: null }] }, []],
    [
      {
        alerts: [
          { id: 'x', rule: null, reason: 'odd', isBudget: false },
          { id: 'y', rule: 'r', reason: 'odd', isBudget: false },
          { id: 'z', rule: 'budget_spent', reason: 'no money', isBudget: true },
        ],
      },
      ['alert [x]: odd', 'alert [y]: r: odd', 'budget_spent [z]: no money'],
    ],
  ])('%j', (facts, states) => {
    expect(statesOf(facts)).toEqual(states)
  })

  test('silence and a slow pace are judged only while the trainer is training', () => {
    expect(statesOf({ quietFor: 3600 })).toEqual([expect.stringMatching(/^silent: .+ at step 40$/)])
    expect(statesOf({ pace: { recent: 10, usual: 1 } })).toEqual([expect.stringMatching(/^slow: \S/)])
    expect(statesOf({ pace: { recent: 1, usual: 1 } })).toEqual([])
    expect(statesOf({ quietFor: 3600, pace: { recent: 10, usual: 1 }, closed: true, life: 'dead' })).toHaveLength(1)
  })

  test('a run that was never alive, and one that had already been closed, are history', () => {
    const gone = { isProcessGone: true, life: 'dead', deadFor: 99, exitCode: 2 } as const
    for (const facts of [
      { closed: true },
      { closed: true, stoppedEarly: true },
      gone,
      { stillFor: 3600, quietFor: 3600 },
    ]) {
      expect(statesOf(facts, { wasAlive: false })).toEqual([])
    }
    expect(statesOf({ attempt: 2 }, { wasClosed: true })).toEqual([])
    expect(statesOf({ attempt: 2 }, { attempt: null })).toEqual([])
  })
})

function rule(on: StateName | 'when' | 'gt', more: Partial<NotifyRule> = {}): NotifyRule {
  return {
    ...{ id: on, on, metric: null, value: null, window: null, when: null, hold: { seconds: 0 } },
    ...{ cooldown: { seconds: 10 }, channels: [], level: 'warning', template: null, ...more },
  }
}

describe('the engine', () => {
  const scope = { control: () => undefined, maxSteps: 100 }
  const open = (...rules: readonly NotifyRule[]) => createNotifyEngine({ rules, keyMetric: 'loss', scope })
  const phases = (events: readonly { readonly key: string; readonly phase: string }[]) =>
    events.map(({ key, phase }) => `${key} ${phase}`)

  test('only records the states at its first check, except proposals that are waiting for an answer', () => {
    const proposals = [{ id: 'a1', rule: null, reason: 'why', cid: null }]
    const engine = open(rule('paused'), rule('waiting_approval'))
    expect(phases(engine.look({ ...FACTS, paused: true, proposals }))).toEqual(['waiting_approval a1 opened'])
    expect(phases(engine.look({ ...FACTS, paused: false, proposals, now: 1001 }))).toEqual([])
    expect(phases(engine.look({ ...FACTS, paused: true, proposals: [], now: 1002 }))).toEqual(['paused opened'])
  })

  test('remembers the attempt that was alive, and whether it closed the run', () => {
    const engine = open()
    expect(engine.sighted).toEqual({ wasAlive: false, attempt: null, wasClosed: false })
    engine.look({ ...FACTS, attempt: 3 })
    expect(engine.sighted).toEqual({ wasAlive: true, attempt: 3, wasClosed: false })
    engine.look({ ...FACTS, life: 'dead', attempt: 4 })
    expect(engine.sighted).toEqual({ wasAlive: true, attempt: 3, wasClosed: false })
    engine.look({ ...FACTS, life: 'dead', closed: true })
    expect(engine.sighted).toEqual({ wasAlive: true, attempt: 3, wasClosed: true })
  })

  test('continues from the state of an earlier notifier', () => {
    const story = {
      edges: new Map([['paused', { phase: 'opened', at: { now: 995, step: 1 } } as const]]),
      sighted: BEFORE,
    }
    const engine = createNotifyEngine({ rules: [rule('paused')], keyMetric: null, scope, story })
    expect(phases(engine.look(FACTS))).toEqual(['paused recovered'])
  })

  test('judges expressions with controls, steps and the progress of the run', () => {
    const seen = (when: string, more: object = {}) => {
      const given = { rules: [rule('when', { when })], keyMetric: 'loss', scope: { ...scope, ...more } }
      const engine = createNotifyEngine(given)
      engine.fill({ step: 9, metrics: { loss: 2, other: 5 } })
      const events = engine.record({ step: 50, metrics: { loss: 1 } }, 7)
      return [
        events.map(({ finding, at }) => `${finding.because} @${at.now}/${at.step}`),
        engine.troubles(),
        engine.troubles(),
      ]
    }
    expect(seen('loss < 1.5')).toEqual([['loss < 1.5 (loss 1) @7/50'], [], []])
    expect(seen('loss < 1.5 and other > 4')).toEqual([['loss < 1.5 and other > 4 (loss 1, other 5) @7/50'], [], []])
    expect(seen('step == 50')).toEqual([['step == 50 @7/50'], [], []])
    expect(seen('frac >= 0.5')).toEqual([['frac >= 0.5 @7/50'], [], []])
    expect(seen('frac >= 0.5', { maxSteps: null })).toEqual([[], [], []])
    expect(seen('count(loss) == 2')[0]).toHaveLength(1)
    expect(seen('mean(loss, 2) == 1.5')[0]).toHaveLength(1)
    expect(seen('loss > 5')).toEqual([[], [], []])
  })

  test('a rule without a metric applies to the key metric, and one with `*` applies to each metric', () => {
    const engine = open(rule('gt', { value: 3 }), rule('gt', { id: 'each', value: 3, metric: '*' }))
    const events = engine.record({ step: 5, metrics: { loss: 4, acc: 9, small: 1 } }, 7)
    expect(events.map(({ key, metric, finding }) => [key, metric, finding.because, finding.value])).toEqual([
      ['gt', 'loss', '4 > 3', 4],
      ['each loss', 'loss', '4 > 3', 4],
      ['each acc', 'acc', '9 > 3', 9],
    ])
    expect(open(rule('gt', { value: 3, metric: 'none' })).record({ step: 5, metrics: { loss: 4 } }, 7)).toEqual([])
  })
})

describe('a message', () => {
  const finding = { about: '', because: 'it is so', value: 5 }
  const event = {
    phase: 'opened',
    count: 1,
    rule: rule('paused'),
    key: 'k',
    finding,
    metric: null,
    at: { now: 1, step: 7 },
  } as const

  test('contains the run, what happened and why', () => {
    expect(composeMessage(event, 'exp')).toEqual({
      ...{ title: 'exp: paused', text: 'it is so', level: 'warning', run: 'exp', step: 7, rule: 'paused' },
      ...{ phase: 'opened', metric: null, value: 5, action: null },
    })
  })

  test.each([
    [{ phase: 'repeated', count: 3 }, 'exp: paused, still (3 times since the last message)', 'it is so'],
    [{ phase: 'recovered', count: 0 }, 'exp: paused, recovered', 'no longer: it is so'],
    [{ phase: 'recovered', finding: { about: '', because: '' } }, 'exp: paused, recovered', 'paused'],
    [{ rule: rule('lost') }, 'exp: no sign of life', 'it is so'],
    [
      { rule: rule('waiting_approval'), finding: { ...finding, because: '' } },
      'exp: waiting for approval',
      'waiting for approval',
    ],
    [{ rule: rule('gt'), metric: 'loss' }, 'exp: loss too high', 'it is so'],
    [{ rule: rule('when', { id: 'mine' }), metric: 'loss' }, 'exp: mine', 'it is so'],
    [
      {
        rule: rule('paused', {
          template: '{run} {state} {phase} {count} {level} {rule} {metric} {value} {step} {because} {x}',
        }),
      },
      'exp: paused',
      'exp paused opened 1 warning paused  5 7 it is so {x}',
    ],
    [
      {
        rule: rule('paused', { template: '[{value}{step}]' }),
        finding: { about: '', because: '' },
        at: { now: 1, step: null },
      },
      'exp: paused',
      '[]',
    ],
  ] as const)('%#', (more, title, text) => {
    expect(composeMessage({ ...event, ...more }, 'exp')).toMatchObject({ title, text })
  })

  test('requests an answer while a proposal is waiting, and has the level info when that is over', () => {
    const asked = { ...event, finding: { ...finding, action: 'a1' } }
    expect(composeMessage(asked, 'exp')).toMatchObject({ action: 'a1', level: 'warning' })
    expect(composeMessage({ ...asked, phase: 'recovered' }, 'exp')).toMatchObject({ action: null, level: 'info' })
    expect(composeMessage(event, 'x'.repeat(300)).title).toHaveLength(150)
  })
})

describe('proposals', () => {
  // These are the fields that the fold reads.
  const line = (fields: object): AutopilotLine => ({ ts: 1, step: 1, source: 'autopilot', rule_id: null, reason: 'why', action_id: 'a1', kind: 'proposed', ...fields }) as unknown as AutopilotLine // biome-ignore format: one line of a log
  const ledger = (fields: object): LedgerLine => ({ module: 'opt', op: 'set_params', cid: null, ...fields }) as unknown as LedgerLine // biome-ignore format: one line of a ledger

  test('are open until they are answered, applied or cancelled', () => {
    const fold = createProposalFold()
    for (const id of ['a1', 'a2', 'a3', 'a4'])
      fold.line(line({ action_id: id, rule_id: 'r', command: { cid: `c-${id}` } }), true)
    fold.line(line({ action_id: 'a5', command: {} }), true)
    const ids = () => fold.open(0, 0).map(({ id }) => id)
    expect(fold.open(0, 0)[0]).toMatchObject({ id: 'a1', rule: 'r', reason: 'why', cid: 'c-a1' })
    fold.line(line({ action_id: 'a1', kind: 'rejected' }), true)
    expect(ids()).toEqual(['a2', 'a3', 'a4', 'a5'])
    expect([fold.ledger(ledger({ cid: 'c-a2' })), fold.ledger(ledger({ cid: 'other' }))]).toEqual(['a2', undefined])
    expect(fold.ledger(ledger({ module: 'core', op: 'cancel', params: { cid: 'c-a3' } }))).toBe('a3')
    expect(fold.ledger(ledger({ module: 'core', op: 'pause', params: { cid: 'c-a4' } }))).toBeUndefined()
    expect(fold.ledger(ledger({ module: 'cb', op: 'cancel', params: { cid: 'c-a4' } }))).toBeUndefined()
    expect(fold.ledger(ledger({ cid: 'ap-a5' }))).toBe('a5')
    expect(ids()).toEqual(['a4'])
  })

  test('that the autopilot carries out automatically need no answer, and others wait until they expire', () => {
    const fold = createProposalFold()
    fold.line(line({ action_id: 'auto', data: { auto: true } }), true)
    fold.line(line({ action_id: 'time', command: { expires: { ts: 100 } } }), true)
    fold.line(line({ action_id: 'step', command: { expires: { step: 50 } } }), true)
    const ids = (now: number, step: number | null) => fold.open(now, step).map(({ id }) => id)
    expect([ids(99, 49), ids(100, 49), ids(99, 50), ids(100, null)]).toEqual([
      ['time', 'step'],
      ['step'],
      ['time'],
      ['step'],
    ])
  })

  test('alerts are returned once, and those from the history never', () => {
    const fold = createProposalFold()
    fold.line(line({ kind: 'alert', action_id: 'x' }), false)
    fold.line(line({ kind: 'alert', action_id: 'y', rule_id: 'budget_spent', reason: null }), true)
    fold.line(line({ kind: 'alert', action_id: 'z', rule_id: 'r' }), true)
    expect(fold.alerts()).toEqual([
      { id: 'y', rule: 'budget_spent', reason: '', isBudget: true },
      { id: 'z', rule: 'r', reason: 'why', isBudget: false },
    ])
    expect(fold.alerts()).toEqual([])
  })
})

describe('clocks of a run', () => {
  const seen = (now: number, more: Partial<Seen> = {}): Seen => ({
    ...{ now, isAlive: true, isPaused: false, attempt: 1, step: now, hasRecords: true, ...more },
  })

  test('count the time without a sign of life, a step or metrics', () => {
    const timers = createTimers({ hasReported: false })
    expect(timers.see(seen(0, { hasRecords: false }))).toMatchObject({ deadFor: 0, stillFor: 0, quietFor: null })
    expect(timers.see(seen(10, { step: 0 }))).toMatchObject({ stillFor: 10, quietFor: 0 })
    expect(timers.see(seen(20, { step: 0, hasRecords: false }))).toMatchObject({ stillFor: 20, quietFor: 10 })
    expect(timers.see(seen(25, { step: 1, hasRecords: false }))).toMatchObject({ stillFor: 0, quietFor: 15 })
    expect(timers.see(seen(30, { isAlive: false, step: 1, hasRecords: false }))).toMatchObject({
      deadFor: 0,
      quietFor: 0,
    })
    expect(timers.see(seen(40, { isAlive: false, step: 1, hasRecords: false }))).toMatchObject({
      deadFor: 10,
      stillFor: 0,
    })
    expect(timers.see(seen(50))).toMatchObject({ deadFor: 0 })
  })

  test('restart after a pause, another attempt, or a period without a watcher', () => {
    for (const change of [{ isPaused: true }, { attempt: 2 }]) {
      const timers = createTimers({ hasReported: true })
      timers.see(seen(0, { step: 5, hasRecords: false }))
      expect(timers.see(seen(10, { step: 5, hasRecords: false }))).toMatchObject({ stillFor: 10, quietFor: 10 })
      expect(timers.see(seen(20, { step: 5, hasRecords: false, ...change }))).toMatchObject({
        stillFor: 0,
        quietFor: 0,
      })
    }
    const timers = createTimers({ hasReported: true })
    timers.see(seen(0, { isAlive: false }))
    expect(timers.see(seen(30, { isAlive: false })).deadFor).toBe(30)
    expect(timers.see(seen(61, { isAlive: false })).deadFor).toBe(0)
  })

  test('the pace is known after five minutes, and reset when the step decreases', () => {
    const pace = createPace()
    for (let now = 0; now <= 300; now += 10) pace.see(now, now < 270 ? now : 270 + (now - 270) / 10)
    expect(pace.now()).toEqual({ recent: 10, usual: 300 / 273 })
    pace.see(300.5, 400)
    expect(pace.now()?.recent).toBe(10)
    pace.see(310, 1)
    expect(pace.now()).toBeNull()
    for (let now = 320; now <= 620; now += 10) pace.see(now, 5)
    expect(pace.now()).toBeNull()
    pace.reset()
    expect(pace.now()).toBeNull()
  })
})
