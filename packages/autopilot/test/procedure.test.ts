import type { Decision, LedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import type { AutopilotEvent, EngineInput, RuleEngine, RuleEngineOptions } from '../src/index.ts'
import { control, engineOf, ledgerLine } from './support.ts'

const RULE =
  '{version: 2, rules: [{id: r, condition: nan, metric: loss, action: {do: rescue}, settle: 0, cooldown: 1, confidence: high}]}'

interface Rescued {
  readonly engine: RuleEngine
  look(step: number, loss: number | null, ...lines: readonly LedgerLine[]): readonly AutopilotEvent[]
  /** Evaluates steps with this loss until something happens. */
  train(loss: number, most?: number): readonly AutopilotEvent[]
}

const checkpoint = (action: string, more: Partial<LedgerLine> = {}): LedgerLine =>
  ledgerLine({
    ...{ seq: 9, step: 5, module: 'core', op: 'checkpoint', source: 'autopilot' },
    ...{ payload: { action, tag: 'auto-start', step: 0 }, params: { action, tag: 'auto-start' }, ...more },
  })

/** A run whose loss was not finite at step 5, after a checkpoint of its start. */
function rescued(options: Partial<RuleEngineOptions> = {}, seen: Partial<EngineInput> = {}): Rescued {
  const engine = engineOf(RULE, { keyMetric: { name: 'loss', direction: 'min' }, ...options })
  const look: Rescued['look'] = (step, loss, ...lines) =>
    engine.look({
      ...{ epoch: null, isFrozen: false, isPaused: false, total: 800 },
      ...{ step, metrics: { loss }, lines, controls: () => [control('lr', 1)], ...seen },
    })
  look(0, 2, checkpoint('save', { step: 0 }))
  for (let step = 1; step < 5; step++) look(step, 2)
  look(5, null)
  return {
    ...{ engine, look },
    train(loss, most = 60) {
      for (let step = 1; step < most; step++) {
        const events = look(step, loss)
        if (events.length > 0) return events
      }
      return []
    },
  }
}

const applied = (cid: string, more: Partial<LedgerLine> = {}): LedgerLine => checkpoint('load', { cid, ...more })
const decided = (cid: string, decision: Decision = 'applied', reason: string | null = null): object => ({
  ...{ kind: 'decided', id: 'a1-1', step: 0, cid, by: null, decision, seq: 9, reason },
})

/** The event of a later command in the ladder. */
function further(cid: string, step: number, rate: number, before: number, because: string, state: object): object {
  const set = { opt: { lr: expect.closeTo(rate, 9) } }
  return {
    ...{
      kind: 'act',
      id: 'a1-1',
      step,
      rule: 'r',
      metric: 'loss',
      confidence: 'high',
      because,
      evidence: {},
      plan: [],
    },
    isContinued: true,
    command: {
      ...{ module: 'core', op: 'checkpoint', params: { action: 'load', tag: 'auto-start', set } },
      ...{ expect: { lr: expect.closeTo(before, 9) }, cid, source: 'autopilot', note: `r: ${because}` },
    },
    procedure: {
      ...{
        kind: 'ladder',
        tag: 'auto-start',
        rate: expect.closeTo(rate, 9),
        skip: null,
        metric: 'loss',
        rateKey: 'lr',
      },
      ...{ module: 'opt', rate0: 1, awaits: cid, isTwoSided: false, first: 2, span: 40, isLast: false, ...state },
    },
  }
}

test('a ladder tries lower rates one after the other, settles, and measures its effect once', () => {
  const { engine, look, train } = rescued()
  expect(engine.status()).toEqual({
    ...{ mode: 'auto', key_metric: 'loss', rules: 1, actions: 1, rescue: { id: 'a1-1', kind: 'ladder', rungs: 0 } },
    open: [{ id: 'a1-1', rule: 'r', state: 'queued' }],
  })
  expect(look(0, 2, applied('ap-a1-1'))).toEqual([decided('ap-a1-1')])
  const rungs = [{ index: 1, level: 1 }]
  expect(train(1)).toEqual([further('ap-a1-1.2', 39, 0.1, 10 ** -0.5, 'rung 2', { count: 2, rungs, index: 2 })])
  expect(look(0, 2, applied('ap-a1-1.2'))).toEqual([decided('ap-a1-1.2')])
  const both = [...rungs, { index: 2, level: 1.5 }]
  const settled = 'lr 0.1778 after 2 rungs, best was 0.3162'
  expect(train(1.5)).toEqual([
    further('ap-a1-1.3', 39, 10 ** -0.75, 0.1, settled, { count: 3, rungs: both, index: 1.5, isLast: true }),
  ])
  expect([engine.status()['rescue'], engine.saving(null).isBusy]).toEqual([
    { id: 'a1-1', kind: 'ladder', rungs: 2 },
    true,
  ])
  expect(look(0, 2, applied('ap-a1-1.3'))).toEqual([decided('ap-a1-1.3')])
  expect([engine.status(), engine.saving(null).isBusy]).toMatchObject([{ open: [], rescue: null, actions: 1 }, false])
  expect(train(1.2)).toEqual([
    {
      ...{ kind: 'outcome', id: 'a1-1', step: 19, verdict: 'unclear', evidence: {} },
      because: 'too few values of loss before it on this line',
    },
  ])
  expect(train(1.2)).toEqual([])
})

test('a rung is not judged by records that precede its load', () => {
  const { look, train } = rescued()
  look(6, 9, applied('ap-a1-1', { payload: { action: 'load', tag: 'auto-start', step: 2 } }))
  for (let step = 7; step < 100; step++) expect(look(step, 9), `${step}`).toEqual([])
  look(2, 2)
  expect(train(1)).toMatchObject([{ kind: 'act', because: 'rung 2' }])
})

test('a rescue whose chosen rate is already in use ends without a command, and its log line states this', () => {
  const { engine, look, train } = rescued()
  for (let rung = 1; rung < 10; rung++) {
    look(0, 2, applied(rung === 1 ? 'ap-a1-1' : `ap-a1-1.${rung}`))
    expect(train(1.9)).toMatchObject([{ kind: 'act', because: `rung ${rung + 1}` }])
  }
  look(0, 2, applied('ap-a1-1.10'))
  const over = 'the rescue is over: lr 0.00001 after 10 rungs, best was 0.3162'
  expect(train(1.9)).toEqual([
    {
      ...{ kind: 'alert', id: 'a1-1', step: 39, rule: 'r', metric: 'loss', confidence: 'high', because: over },
      evidence: { settled: true },
    },
  ])
  expect(engine.status()['rescue']).toBeNull()
})

test('a rescue that a person rejects, or that expires, is over, and one that is approved continues', () => {
  const cancel = (more: Partial<LedgerLine> = {}): LedgerLine =>
    ledgerLine({
      ...{ seq: 7, module: 'core', op: 'cancel', payload: { cid: 'ap-a1-1' }, author: 'eve', notes: 'no', ...more },
    })
  const one = rescued({ mode: 'suggest' })
  expect([one.engine.waiting, one.engine.hasOpen('r'), one.engine.hasOpen('x')]).toEqual(['a1-1', true, false])
  expect(one.look(6, 2, cancel())).toEqual([
    { ...decided('ap-a1-1'), kind: 'dismissed', step: 6, by: 'eve', seq: 7, reason: 'no' },
  ])
  expect([one.engine.waiting, one.engine.saving(null).isBusy]).toEqual([null, false])
  const two = rescued({ mode: 'suggest' })
  const by = { author: 'ann', source: 'cli' }
  expect(two.look(0, 2, applied('ap-a1-1', by))).toEqual([
    { ...decided('ap-a1-1'), kind: 'approved', by: 'ann' },
    { ...decided('ap-a1-1'), by: 'ann' },
  ])
  expect([two.engine.waiting, two.engine.saving(null).isBusy]).toEqual([null, true])
  const late = rescued({ mode: 'suggest' }, { now: 100 })
  late.look(6, 2)
  expect(late.engine.waiting).toBe('a1-1')
  const clocked = (now: number): Rescued => {
    const engine = rescued({ mode: 'suggest' }, { now: 100 })
    engine.engine.look({
      ...{ step: 7, epoch: null, isFrozen: false, isPaused: false, total: 800, metrics: { loss: 2 }, lines: [], now },
      controls: () => [control('lr', 1)],
    })
    return engine
  }
  expect([clocked(100 + 43_200).engine.waiting, clocked(101 + 43_200).engine.waiting]).toEqual(['a1-1', null])
})

test('a refused rescue is over, and its rule waits, unless the trainer cannot load at all', () => {
  const refused = (error: string | null): readonly unknown[] => {
    const { engine, look } = rescued()
    const events = look(6, 2, applied('ap-a1-1', { decision: 'failed', error }))
    const outcome = { kind: 'outcome', id: 'a1-1', step: 6, verdict: 'refused', because: error ?? 'failed' }
    expect(events).toEqual([
      { ...decided('ap-a1-1', 'failed', error), step: 6 },
      { ...outcome, evidence: { decision: 'failed' } },
    ])
    expect(engine.saving(null).isBusy).toBe(false)
    return [7, 8, 9, 10].map((step) =>
      look(step, step % 2 === 0 ? 2 : null)
        .map(({ kind }) => kind)
        .join(),
    )
  }
  expect(refused('the trainer registered no `load`')).toEqual(['act', '', '', ''])
  expect(refused('the disk is full')).toEqual(['', '', 'act', ''])
  expect(refused(null)).toEqual(['', '', 'act', ''])
})

test('a person who sets the rate or loads a checkpoint takes over, and other lines do not end a rescue', () => {
  const isOver = (line: LedgerLine): boolean => {
    const { engine, look } = rescued()
    look(0, 2, applied('ap-a1-1'))
    look(1, 2, line)
    return !engine.saving(null).isBusy
  }
  const set = (more: Partial<LedgerLine> = {}): LedgerLine => ledgerLine({ payload: { lr: 0.5 }, cid: 'mine', ...more })
  expect([isOver(set()), isOver(set({ cid: null })), isOver(set({ cid: 'ap-a1-10' }))]).toEqual([true, true, true])
  for (const more of [
    ...[
      { decision: 'failed' },
      { source: 'autopilot' },
      { source: 'ai' },
      { source: 'history' },
      { payload: { wd: 1 } },
    ],
    ...[{ payload: null }, { op: 'enable' }, { cid: 'ap-a1-1' }, { cid: 'ap-a1-1.5' }],
  ])
    expect(isOver(set(more as never)), JSON.stringify(more)).toBe(false)
  const mine = { source: 'cli', cid: 'mine' }
  expect([isOver(checkpoint('load', mine)), isOver(checkpoint('save', mine))]).toEqual([true, false])
  expect([
    isOver(checkpoint('load', { ...mine, module: 'x' })),
    isOver(checkpoint('load', { ...mine, payload: null })),
  ]).toEqual([...[false, false]])
})

test('a mode change in the ledger applies from its line on', () => {
  const mode = (more: Partial<LedgerLine>): unknown => {
    const { engine, look } = rescued()
    look(6, 2, ledgerLine({ module: 'autopilot', op: 'mode', payload: { mode: 'off' }, ...more }))
    return engine.mode
  }
  expect([mode({}), mode({ payload: null, params: { mode: 'suggest' } })]).toEqual(['off', 'suggest'])
  for (const more of [
    { decision: 'failed' },
    { module: 'opt' },
    { op: 'x' },
    { payload: { mode: 'fast' } },
    { payload: null },
  ])
    expect(mode(more as never), JSON.stringify(more)).toBe('auto')
})
