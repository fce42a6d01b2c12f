import { expect, test } from 'vitest'
import { failureOf } from '../src/triage/fingerprint.ts'
import { moreMemory, moreTime, slurmSeconds } from '../src/triage/more.ts'
import { type TriageInput, triage } from '../src/triage/triage.ts'
import type { TrialView } from '../src/types.ts'
import { outlookOf, trialOf } from './trials.ts'

const LIMITS = { onFailure: 'remediate', maxMem: '16G', maxTime: '02:00:00', maxRetries: 2, stallMinutes: 30 } as const

function decisions(trials: readonly TrialView[], more: Partial<TriageInput> = {}) {
  return triage({
    ...{ outlook: outlookOf(trials), limits: LIMITS, made: new Set(), retries: new Map(), pruned: 0 },
    ...more,
  })
}

const failed = (i: number, more: Partial<TrialView> = {}): TrialView =>
  trialOf(i, {
    state: 'failed',
    attempt: 1,
    reason: 'exit',
    code: 1,
    mem: '8G',
    time: '01:00:00',
    elapsedSeconds: 10,
    ...more,
  })

test.each([
  ['90', 5400],
  ['1:30', 90],
  ['01:00:00', 3600],
  ['2-0', 172_800],
  ['1-02:03', 93_780],
  ['1-02:03:04', 93_784],
  ['UNLIMITED', null],
  ['', null],
  ['1:2:3:4', null],
  ['1:234', null],
])('the SLURM time limit %s has %j seconds', (text, seconds) => {
  expect(slurmSeconds(text)).toBe(seconds)
})

test('more memory and time are rounded up, kept within the limit, and null if there is no increase', () => {
  expect(moreMemory('1000M', 10, null)).toBe('1100M')
  expect(moreMemory('1001M', 10, null)).toBe('1102M')
  expect(moreMemory('8G', 50, '8G')).toBeNull()
  expect(moreMemory('8G', 50, '4G')).toBeNull()
  expect(moreMemory('much', 50, null)).toBeNull()
  expect(moreTime('00:00:05', 10, null)).toBe('00:00:06')
  expect(moreTime('23:00:00', 100, null)).toBe('1-22:00:00')
  expect(moreTime('01:00:00', 50, '01:10:00')).toBe('01:10:00')
  expect(moreTime('01:00:00', 50, '01:00:00')).toBeNull()
})

test.each([
  [{ reason: 'timeout', code: 1 }, 'timeout'],
  [{ reason: 'preempted', untrustedErrorTail: 'ValueError: x' }, 'node'],
  [{ reason: 'lost' }, 'node'],
  [{ reason: 'deadline' }, 'node'],
  [{ reason: 'requeued' }, 'node'],
  [{ reason: 'boot_fail' }, 'node'],
  [{ reason: 'parent' }, 'parent'],
  [{ reason: 'killed', untrustedErrorTail: 'loss is nan' }, 'killed'],
  [{ untrustedErrorTail: 'HIP out of memory' }, 'cuda_oom'],
  [{ untrustedErrorTail: 'CUDA error: out of memory' }, 'cuda_oom'],
  [{ untrustedErrorTail: 'gradients became infinite' }, 'nan'],
  [{ untrustedErrorTail: 'the value of step 3 was non-finite' }, 'nan'],
  [{ untrustedErrorTail: 'nothing with the name nano' }, 'exit:1'],
  [{ untrustedErrorTail: 'a.b.MyException' }, 'exception:MyException'],
  [{ untrustedErrorTail: 'KeyboardInterrupt' }, 'exception:KeyboardInterrupt'],
  [{ untrustedErrorTail: 'see ValueError: in the text' }, 'exit:1'],
  [{ code: null }, 'exit:unknown'],
] as const)('a failure with %j has the fingerprint %s', (facts, print) => {
  expect(failureOf(failed(0, facts)).print).toBe(print)
})

test('a failure that another attempt cannot fix is reported with advice', () => {
  const told = (more: Partial<TrialView>) =>
    decisions([failed(3, more)]).map(({ kind, act, text }) => [kind, act, text])
  expect(told({ untrustedErrorTail: 'CUDA out of memory' })).toEqual([
    [
      'report',
      null,
      'trial 3 failed with an out-of-memory error on the GPU; a smaller batch, or a larger GPU, would help',
    ],
  ])
  for (const more of [{ untrustedErrorTail: 'loss is nan' }, { reason: 'launch' }, { reason: 'parent' }])
    expect(told(more)).toEqual([['report', null, expect.stringMatching(/^trial 3 failed with .+; .+/)]])
})

test('a trial is restarted after a node failure while retries are left, unless the config allows only reports', () => {
  const trial = failed(4, { reason: 'node_fail' })
  const kinds = (more: Partial<TriageInput>) => decisions([trial], more).map(({ kind, key }) => [kind, key])
  const key = 'triage/node/4/1'
  expect(kinds({ retries: new Map([[4, 1]]) })).toEqual([['act', key]])
  expect(kinds({ retries: new Map([[4, 2]]) })).toEqual([['report', key]])
  expect(kinds({ limits: { ...LIMITS, onFailure: 'notify' } })).toEqual([['report', key]])
  expect(kinds({ made: new Set([key]) })).toEqual([])
  const [decision] = decisions([trial])
  expect(decision?.act).toEqual({
    ...{ tool: 'run_indices', args: { indices: [4], force: false }, class: 'cheap' },
    ...{
      reason: 'trial 4 failed with a node failure or a preemption',
      expect: [{ i: 4, state: 'failed', attempt: 1 }],
    },
  })
})

test('if hotcb does not limit the memory, the failure is only reported, and without retries a person is asked', () => {
  const oom = (more: Partial<TrialView>, input: Partial<TriageInput> = {}) =>
    decisions([failed(1, { reason: 'oom', ...more })], input)[0]
  expect(oom({ mem: null })).toMatchObject({
    kind: 'report',
    text: expect.stringContaining('memory is not limited by hotcb'),
  })
  expect(decisions([failed(1, { reason: 'timeout', time: null })])[0]).toMatchObject({
    kind: 'report',
    text: expect.stringContaining('time is not limited'),
  })
  expect(oom({}, { retries: new Map([[1, 2]]) })).toMatchObject({
    kind: 'ask',
    text: expect.stringMatching(/start it with 12288M\?$/),
  })
  expect(oom({}, { limits: { ...LIMITS, maxMem: null } })).toMatchObject({ kind: 'ask', act: { tool: 'bump_mem' } })
})

test('if several trials fail with the same cause, the others are held back once, and the failed trials are listed', () => {
  const many = Array.from({ length: 10 }, (_, i) => failed(i))
  const [shared, ...more] = decisions([...many, trialOf(20, { state: 'waiting' }), trialOf(21, { state: 'waiting' })])
  expect(more).toEqual([])
  expect(shared).toMatchObject({
    ...{ key: 'triage/shared/exit:1', kind: 'act' },
    act: { tool: 'hold_waiting', args: { indices: [20, 21] } },
    text: '10 trials failed with exit code 1: 0, 1, 2, 3, 4, 5, 6, 7 and 2 more; 2 waiting trials are held back',
  })
  expect(decisions(many)).toMatchObject([{ kind: 'report', act: null }])
  const waiting = [failed(0), failed(1), trialOf(2, { state: 'waiting' })]
  expect(decisions(waiting, { limits: { ...LIMITS, onFailure: 'notify' } })).toMatchObject([{ kind: 'report' }])
  // Node failures have no shared cause.
  expect(decisions([0, 1].map((i) => failed(i, { reason: 'node_fail' })))).toHaveLength(2)
})

test('at most ten decisions are made at a time', () => {
  expect(decisions(Array.from({ length: 14 }, (_, i) => failed(i, { reason: 'node_fail' })))).toHaveLength(10)
})

test('a trial with a value that is not a number is pruned only within its first hour, and only up to a third of the trials', () => {
  const nan = (i: number, more: Partial<TrialView> = {}) =>
    trialOf(i, { state: 'running', attempt: 1, nanMetric: 'loss', signAt: 10_000, elapsedSeconds: 10, ...more })
  const others = [7, 8].map((i) => trialOf(i, { state: 'completed' }))
  const kind = (more: Partial<TrialView>, input: Partial<TriageInput> = {}) =>
    decisions([nan(0, more), ...others], input)[0]?.kind
  expect([kind({}), kind({ elapsedSeconds: null })]).toEqual(['act', 'act'])
  expect([kind({ elapsedSeconds: 3599 }), kind({ elapsedSeconds: 3600 })]).toEqual(['act', 'ask'])
  expect([kind({}, { pruned: 1 }), kind({}, { limits: { ...LIMITS, onFailure: 'notify' } })]).toEqual(['ask', 'ask'])
  expect(decisions([nan(0), ...others])[0]).toMatchObject({
    key: 'triage/nan/0/1',
    act: { tool: 'prune_index', args: { index: 0 } },
  })
  const six = [nan(0), nan(1), nan(2), ...[3, 4, 5].map((i) => trialOf(i, { state: 'completed' }))]
  expect(decisions(six).map((one) => one.kind)).toEqual(['act', 'act', 'ask'])
  // Earlier decisions do not count towards the limit.
  expect(decisions(six, { made: new Set(['triage/nan/0/1']) }).map((one) => one.kind)).toEqual(['act', 'act'])
})

test('a trial is silent after the minutes in the config, counted from its last sign of life or its start', () => {
  const silent = (more: Partial<TrialView>, limits: Partial<TriageInput['limits']> = {}) =>
    decisions([trialOf(0, { state: 'running', attempt: 2, ...more })], { limits: { ...LIMITS, ...limits } }).map(
      ({ kind, key, text }) => [kind, key, text],
    )
  expect(silent({ signAt: 10_000 - 1799 })).toEqual([])
  expect(silent({ signAt: 10_000 - 1800 })).toEqual([
    ['ask', 'triage/stalled/0/2', 'trial 0 has given no sign of life for 30 min; stop it?'],
  ])
  expect(silent({ signAt: null, elapsedSeconds: 3600 })[0]?.[2]).toContain('for 60 min')
  expect(silent({ signAt: null, elapsedSeconds: null })).toEqual([])
  expect(silent({ signAt: 0 }, { stallMinutes: 0 })).toEqual([])
  expect(silent({ signAt: 10_000 - 61 }, { stallMinutes: 1 })).toHaveLength(1)
})
