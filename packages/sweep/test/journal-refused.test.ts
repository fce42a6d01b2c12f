import { describe, expect, test } from 'vitest'
import { readJournalLine, type SweepEvent } from '../src/journal/event.ts'
import { createFold, isEnd, type TrialRecord } from '../src/journal/fold.ts'
import { HERD_STATUS, isHeldInPlan, isLive, isPending, TRIAL_STATES, trialState } from '../src/journal/trial-state.ts'

// Lines that are rejected, and the states that follow from valid lines.

const HEAD = { n: 4, k: 2, ts: 7.5, by: 'me' }
const read = (fields: object) => readJournalLine(JSON.stringify({ ...HEAD, ...fields }))
const TRIAL = { i: 0, hash: 'h', name: 'x', params: {} }

describe('a journal line', () => {
  test('has its position, its time and its writer, who may be unknown', () => {
    expect(read({ type: 'exported', sha256: 'b' })).toEqual({ ...HEAD, event: { type: 'exported', sha256: 'b' } })
    expect(read({ type: 'exported', sha256: 'b', by: 5 })?.by).toBe('')
    expect(read({ type: 'seen', rows: [[0, 1, 0, 'running', {}]], more: 1 })?.event).toEqual({ type: 'seen', rows: [[0, 1, 0, 'running', {}]] }) // biome-ignore format: short
    expect(read({ type: 'told', i: 1, attempt: 3, what: 'signal' })?.event).toEqual({ type: 'told', i: 1, n: 3, what: 'signal' }) // biome-ignore format: short
  })

  test.each<[object]>([
    [{ type: 'exported' }],
    [{ type: 'exported', sha256: 'b', n: -1 }],
    [{ type: 'exported', sha256: 'b', k: 1.5 }],
    [{ type: 'exported', sha256: 'b', ts: '7' }],
    [{ type: 5, sha256: 'b' }],
    [{ type: 'other' }],
    [{ type: 'constructor' }],
    [{ type: 'adopted', sha256: 1 }],
    [{ type: 'open', after: [0] }],
    [{ type: 'open', after: [0, -1] }],
    [{ type: 'open', after: 0 }],
    [{ type: 'config', text: null }],
    [{ type: 'config', text: 'a', max_concurrent: 0 }],
    [{ type: 'config', text: 'a', max_concurrent: 1.5 }],
    [{ type: 'config', text: 'a', stages: 'b' }],
    [{ type: 'config', text: 'a', stages: [1] }],
    [{ type: 'plan', trials: {} }],
    [{ type: 'plan', trials: [5] }],
    ...['i', 'hash', 'name', 'params'].map((name): [object] => [
      { type: 'plan', trials: [{ ...TRIAL, [name]: null }] },
    ]),
    [{ type: 'plan', trials: [{ ...TRIAL, stage: 5 }] }],
    [{ type: 'plan', trials: [{ ...TRIAL, parent: -1 }] }],
    [{ type: 'drop', trials: [-1] }],
    [{ type: 'orphan', trials: 0 }],
    [{ type: 'revive', trials: ['0'] }],
    [{ type: 'call', trials: [0.5] }],
    ...['act', 'mem', 'time'].map((name): [object] => [{ type: 'call', trials: [0], [name]: 5 }]),
    [{ type: 'wish', trials: [0], want: 'end' }],
    [{ type: 'wish', trials: [0], want: 'stop', act: 5 }],
    [{ type: 'wish', trials: 0, want: 'stop' }],
    [{ type: 'intent', sid: 5, attempts: [[0, 1]] }],
    [{ type: 'intent', sid: 's', attempts: [[0]] }],
    [{ type: 'intent', sid: 's', attempts: [[0, -1]] }],
    [{ type: 'intent', sid: 's', attempts: 'x' }],
    [{ type: 'intent', sid: 's', attempts: [[0, 1]], job: 7 }],
    [{ type: 'sent', sid: 's', job: 7 }],
    [{ type: 'sent', job: '7' }],
    [{ type: 'unsent', sid: 5 }],
    [{ type: 'seen', rows: [[0, 1, 0, 'running']] }],
    [{ type: 'seen', rows: [[-1, 1, 0, 'running', {}]] }],
    [{ type: 'seen', rows: [[0, '1', 0, 'running', {}]] }],
    [{ type: 'seen', rows: [[0, 1, null, 'running', {}]] }],
    [{ type: 'seen', rows: [[0, 1, 0, 5, {}]] }],
    [{ type: 'seen', rows: [[0, 1, 0, 'running', []]] }],
    [{ type: 'seen', rows: {} }],
    [{ type: 'decide', key: 5, trial: 0, verdict: 'v' }],
    [{ type: 'decide', key: 'k', trial: -1, verdict: 'v' }],
    [{ type: 'decide', key: 'k', trial: 0, verdict: 5 }],
    [{ type: 'lineage', key: 'k', trial: 0, from: 1, outcome: 'lost' }],
    [{ type: 'lineage', key: 5, trial: 0, from: 1, outcome: 'applied' }],
    [{ type: 'lineage', key: 'k', trial: -1, from: 1, outcome: 'applied' }],
    [{ type: 'lineage', key: 'k', trial: 0, from: -1, outcome: 'applied' }],
    [{ type: 'told', i: -1, attempt: 1, what: 'w' }],
    [{ type: 'told', i: 0, n: 1, attempt: null, what: 'w' }],
    [{ type: 'told', i: 0, attempt: 1, what: 5 }],
    [{ type: 'throttle', sid: 5, tasks: 1 }],
    [{ type: 'throttle', sid: 's', tasks: -1 }],
  ])('with %j is rejected', (fields) => {
    expect(read(fields)).toBe(null)
  })

  test('that is incomplete or not an object is rejected', () => {
    for (const text of ['', '{"n":1', '[]', '5', 'null']) expect(readJournalLine(text)).toBe(null)
  })

  test('with all optional fields is accepted', () => {
    for (const fields of [
      { type: 'config', text: 'a', max_concurrent: 1, stages: ['a'] },
      { type: 'plan', trials: [{ ...TRIAL, stage: 'a', parent: 0 }] },
      { type: 'call', trials: [], act: 'a', mem: '1G', time: '1:00' },
      { type: 'intent', sid: 's', attempts: [], job: '' },
      { type: 'lineage', key: 'k', trial: 0, from: 1, outcome: 'failed' },
      { type: 'throttle', sid: 's', tasks: 0 },
    ])
      expect(read(fields)?.event).toEqual(fields)
  })
})

/** The record of trial 0 after these events. */
function recordAfter(...events: readonly SweepEvent[]): TrialRecord {
  const fold = createFold()
  const plan: SweepEvent = { type: 'plan', trials: [0, 1].map((i) => ({ ...TRIAL, i, extras: {} })) }
  for (const [k, event] of [plan, ...events].entries()) fold.apply({ ...HEAD, k, event })
  const record = fold.trials.get(0)
  if (record === undefined) throw new Error('must be planned')
  return record
}

const call: SweepEvent = { type: 'call', trials: [0] }
const intent = (n = 1): SweepEvent => ({ type: 'intent', sid: `s${n}`, executor: 'local', attempts: [[0, n]] })
const sent = (n = 1): SweepEvent => ({ type: 'sent', sid: `s${n}`, job: '7' })
const seen = (state: 'queued' | 'running' | 'completed' | 'failed' | 'cancelled', facts = {}, r = 0, n = 1): SweepEvent => ({ type: 'seen', rows: [[0, n, r, state, facts]] }) // biome-ignore format: short
const want = (wish: 'stop' | 'prune' | 'pause' | 'hold' | 'resume'): SweepEvent => ({
  type: 'wish',
  trials: [0],
  want: wish,
})
const told: SweepEvent = { type: 'told', i: 0, n: 1, what: 'signal' }

describe('a trial', () => {
  test.each<[string, readonly SweepEvent[]]>([
    ['ready', []],
    ['waiting', [call]],
    ['paused', [call, want('hold')]],
    ['cancelled', [want('stop')]],
    ['pruned', [want('prune')]],
    ['paused', [want('pause')]],
    ['paused', [want('hold')]],
    ['waiting', [want('pause'), want('resume')]],
    ['cancelled', [call, want('stop')]],
    ['submitting', [call, intent()]],
    ['submitted', [call, intent(), sent()]],
    ['queued', [intent(), sent(), seen('queued')]],
    ['running', [intent(), sent(), seen('running')]],
    ['stopping', [intent(), seen('running'), want('stop')]],
    ['pruning', [intent(), seen('running'), want('prune')]],
    ['pausing', [intent(), seen('running'), want('pause')]],
    ['running', [intent(), seen('running'), want('hold')]],
    ['completed', [intent(), seen('completed')]],
    ['completed', [intent(), want('stop'), seen('completed')]],
    ['cancelled', [intent(), want('stop'), told, seen('completed')]],
    ['pruned', [intent(), want('prune'), told, seen('failed')]],
    ['paused', [intent(), want('pause'), told, seen('cancelled')]],
    ['cancelled', [intent(), seen('cancelled')]],
    ['failed', [intent(), seen('failed', { code: 1 })]],
    ['completed', [intent(), seen('failed', { code: 0 })]],
    ['completed', [intent(), told, seen('completed')]],
    ['waiting', [intent(), seen('failed'), call]],
    ['running', [intent(), seen('failed'), call, intent(2), seen('running', {}, 0, 2)]],
    // The submission was withdrawn: the trial is waiting again, unless a different request was made in the meantime.
    ['waiting', [call, intent(), { type: 'unsent', sid: 's1', proof: 'refused' }]],
    ['cancelled', [call, intent(), want('stop'), { type: 'unsent', sid: 's1', proof: 'refused' }]],
    ['paused', [call, intent(), want('hold'), { type: 'unsent', sid: 's1', proof: 'refused' }]],
  ])('has the state %s', (state, events) => {
    expect(trialState(recordAfter(...events))).toBe(state)
  })

  test('keeps its end state until it is started again, and its facts until others replace them', () => {
    const attempt = (...events: readonly SweepEvent[]) => recordAfter(intent(), ...events).attempts[0]
    expect(attempt(seen('completed'), seen('running'))).toMatchObject({ seen: 'completed' })
    expect(attempt(seen('completed'), seen('failed', { code: 1 }))).toMatchObject({ seen: 'failed' })
    expect(attempt(seen('failed'), seen('running', {}, 1))).toMatchObject({ seen: 'running', r: 1 })
    expect(attempt(seen('running', {}, 2), seen('failed', {}, 1))).toMatchObject({ seen: 'running', r: 2 })
    expect(attempt(seen('running', { begun: 5, node: 'a' }), seen('failed', { node: 'b' }))?.facts).toEqual({ begun: 5, node: 'b' }) // biome-ignore format: short
    expect(attempt(seen('running', {}, 0, 9))).toMatchObject({ seen: null })
  })

  test('can be dropped, orphaned and revived', () => {
    const marks = ({ isDropped, isOrphan }: TrialRecord) => [isDropped, isOrphan]
    expect(marks(recordAfter({ type: 'drop', trials: [0, 9] }))).toEqual([true, false])
    expect(marks(recordAfter({ type: 'orphan', trials: [0] }))).toEqual([false, true])
    const both = [{ type: 'drop', trials: [0] }, { type: 'orphan', trials: [0] }] as const // biome-ignore format: short
    expect(marks(recordAfter(...both, { type: 'revive', trials: [0] }))).toEqual([false, false])
  })

  test('has the resources from the latest call, and the reason of the latest request', () => {
    const more = recordAfter({ ...call, mem: '8G' } as SweepEvent, { ...call, time: '1:00' } as SweepEvent)
    expect(more.resources).toEqual({ mem: '8G', time: '1:00' })
    const asked: SweepEvent = { type: 'wish', trials: [0], want: 'stop', why: 'enough', kill: true }
    expect(recordAfter(asked)).toMatchObject({ wish: 'stop', why: 'enough', isKilled: true })
    expect(recordAfter(asked, want('prune'))).toMatchObject({ wish: 'prune', why: null, isKilled: false })
    expect(recordAfter(asked, call)).toMatchObject({ wish: null, why: null, isKilled: false, isCalled: true })
  })

  test('has a HyperHerd state, and each state determines whether it is live, is kept in the plan, and is started by `run`', () => {
    const by = (is: (state: (typeof TRIAL_STATES)[number]) => boolean) => TRIAL_STATES.filter(is)
    expect(by(isLive)).toEqual(['submitting', 'submitted', 'queued', 'running', 'stopping', 'pruning', 'pausing'])
    expect(by(isHeldInPlan)).toEqual([...by(isLive), 'paused', 'completed'])
    expect(by(isPending)).toEqual(['ready', 'waiting', 'cancelled', 'failed'])
    expect(TRIAL_STATES.map((state) => HERD_STATUS[state])).toEqual([
      ...['ready', 'ready', 'submitted', 'submitted', 'queued', 'running', 'running', 'running', 'running'],
      ...['paused', 'cancelled', 'pruned', 'completed', 'failed'],
    ])
    expect(
      [null, 'queued', 'running', 'completed', 'failed', 'cancelled'].map((state) => isEnd(state as never)),
    ).toEqual([...[false, false, false, true, true, true]])
  })
})
