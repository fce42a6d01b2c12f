import { expect, test } from 'vitest'
import { failureOf } from '../src/triage/fingerprint.ts'
import { moreMemory, moreTime } from '../src/triage/more.ts'
import { type TriageInput, triage } from '../src/triage/triage.ts'
import type { TrialView } from '../src/types.ts'
import { outlookOf, trialOf } from './trials.ts'

const LIMITS = { onFailure: 'remediate', maxMem: '16G', maxTime: '02:00:00', maxRetries: 2, stallMinutes: 30 } as const
const SLURM = { mem: '8G', time: '01:00:00', elapsedSeconds: 10 }

function decided(trials: readonly TrialView[], more: Partial<TriageInput> = {}) {
  return triage({
    ...{ outlook: outlookOf(trials), limits: LIMITS, made: new Set(), retries: new Map(), pruned: 0 },
    ...more,
  })
}

const failed = (more: Partial<TrialView> = {}): TrialView =>
  trialOf(3, { state: 'failed', attempt: 2, reason: 'exit', code: 1, ...SLURM, ...more })
const running = (more: Partial<TrialView> = {}): TrialView =>
  trialOf(3, { state: 'running', attempt: 2, signAt: 10_000, ...SLURM, ...more })

const act = (tool: string, args: object, reason: string, state = 'failed') => ({
  ...{ tool, args, class: 'cheap', reason, expect: [{ i: 3, state, attempt: 2 }] },
})
const report = (print: string, text: string) => [{ key: `triage/${print}/3/2`, kind: 'report', act: null, text }]

test('a trial that ran out of memory or time is restarted with more', () => {
  const oom = 'trial 3 failed with an out-of-memory error'
  const bumped = act('bump_mem', { index: 3, mem: '12288M' }, oom)
  const key = 'triage/oom/3/2'
  expect(decided([failed({ reason: 'oom' })])).toEqual([
    { key, kind: 'act', act: bumped, text: `${oom}; it is being restarted with 12288M instead of 8G` },
  ])
  const asked = [{ key, kind: 'ask', act: bumped, text: `${oom}; start it with 12288M?` }]
  expect(decided([failed({ reason: 'oom' })], { limits: { ...LIMITS, maxMem: null } })).toEqual(asked)
  expect(decided([failed({ reason: 'oom' })], { retries: new Map([[3, 2]]) })).toEqual(asked)
  expect(decided([failed({ reason: 'oom' })], { limits: { ...LIMITS, onFailure: 'notify' } })).toEqual(asked)
  const late = 'trial 3 failed with a timeout'
  expect(decided([failed({ reason: 'timeout' })])).toEqual([
    {
      ...{ key: 'triage/timeout/3/2', kind: 'act', act: act('bump_time', { index: 3, time: '01:30:00' }, late) },
      text: `${late}; it is being restarted with 01:30:00 instead of 01:00:00`,
    },
  ])
})

test('memory and time that cannot be raised are reported', () => {
  const [oom, late] = ['trial 3 failed with an out-of-memory error', 'trial 3 failed with a timeout']
  expect(decided([failed({ reason: 'oom', mem: '16G' })])).toEqual(
    report('oom', `${oom}; the config allows at most 16G`),
  )
  expect(decided([failed({ reason: 'oom', mem: null })])).toEqual(
    report('oom', `${oom}; on this executor memory is not limited by hotcb`),
  )
  expect(decided([failed({ reason: 'timeout', time: null })])).toEqual(
    report('timeout', `${late}; on this executor time is not limited by hotcb`),
  )
})

test.each([
  [
    { untrustedErrorTail: 'CUDA out of memory' },
    'cuda_oom',
    'an out-of-memory error on the GPU; a smaller batch, or a larger GPU, would help',
  ],
  [
    { untrustedErrorTail: 'loss is nan' },
    'nan',
    'a value that is not a number; its values diverge, and another attempt would do the same',
  ],
  [{ reason: 'launch' }, 'launch', 'a launch error; the launcher cannot be run; run `herd test` to see why'],
  [{ reason: 'parent' }, 'parent', 'an incomplete parent; the trial that it continues did not complete'],
] as const)('a failure with %j is reported with advice', (facts, print, text) => {
  expect(decided([failed(facts)])).toEqual(report(print, `trial 3 failed with ${text}`))
})

test.each([
  [{ reason: 'node_fail' }, 'node', 'a node failure or a preemption'],
  [{ reason: 'killed' }, 'killed', 'a signal from outside hotcb'],
  [{ untrustedErrorTail: 'KeyError: x' }, 'exception:KeyError', 'KeyError'],
  [{ code: 7 }, 'exit:7', 'exit code 7'],
] as const)('a failure with %j is retried while retries are left', (facts, print, cause) => {
  const about = `trial 3 failed with ${cause}`
  expect(decided([failed(facts)])).toEqual([
    {
      ...{ key: `triage/${print}/3/2`, kind: 'act', act: act('run_indices', { indices: [3], force: false }, about) },
      text: `${about}; it is being restarted`,
    },
  ])
  expect(decided([failed(facts)], { retries: new Map([[3, 2]]) })).toEqual(
    report(print, `${about}; it will not be restarted`),
  )
})

test('an exception or an exit code that recurs is reported, whichever attempt had it first', () => {
  const again = (made: string) => decided([failed({ attempt: 4 })], { made: new Set([made]) }).map(({ text }) => text)
  for (const attempt of [1, 2, 3])
    expect(again(`triage/exit:1/3/${attempt}`)).toEqual(['trial 3 failed with exit code 1 again'])
  const first = ['trial 3 failed with exit code 1; it is being restarted']
  expect([again('triage/exit:1/2/1'), again('triage/exit:2/3/1'), again('triage/exit:1/3/0')]).toEqual([
    first,
    first,
    first,
  ])
  expect(again('triage/exit:1/3/4')).toEqual([])
})

test('a value that is not a number, and silence, lead to these decisions', () => {
  const nan = 'trial 3: "a/loss" is not a number'
  const others = [0, 1].map((i) => trialOf(i, { state: 'completed' }))
  const pruned = act('prune_index', { index: 3, reason: nan }, nan, 'running')
  const key = 'triage/nan/3/2'
  expect(decided([running({ nanMetric: 'a/loss' }), ...others])).toEqual([
    { key, kind: 'act', act: pruned, text: `${nan}; it is pruned` },
  ])
  expect(decided([running({ nanMetric: 'a/loss' })])).toEqual([
    { key, kind: 'ask', act: pruned, text: `${nan}; prune it?` },
  ])
  const silence = 'trial 3 has given no sign of life for 31 min'
  expect(decided([running({ signAt: 10_000 - 1845 })])).toEqual([
    {
      ...{ key: 'triage/stalled/3/2', kind: 'ask', text: `${silence}; stop it?` },
      act: act('stop_index', { index: 3, reason: silence }, silence, 'running'),
    },
  ])
})

test('if several trials fail with the same cause, waiting trials are held back', () => {
  const two = [1, 2].map((i) => trialOf(i, { state: 'failed', attempt: 1, reason: 'exit', code: 7 }))
  const text = '2 trials failed with exit code 7: 1, 2'
  const key = 'triage/shared/exit:7'
  expect(decided(two)).toEqual([{ key, kind: 'report', act: null, text }])
  const waiting = trialOf(3, { state: 'waiting', attempt: 2 })
  expect(decided([...two, waiting])).toEqual([
    {
      ...{ key, kind: 'act', text: `${text}; 1 waiting trials are held back` },
      act: act('hold_waiting', { indices: [3] }, text, 'waiting'),
    },
  ])
  const nine = Array.from({ length: 9 }, (_, i) => ({ ...failed(), i }))
  expect(decided(nine.slice(0, 8))[0]?.text).toBe('8 trials failed with exit code 1: 0, 1, 2, 3, 4, 5, 6, 7')
  expect(decided(nine)[0]?.text).toBe('9 trials failed with exit code 1: 0, 1, 2, 3, 4, 5, 6, 7 and 1 more')
  const launched = [1, 2].map((i) => ({ ...failed({ reason: 'launch' }), i }))
  expect(decided(launched).map(({ key: one }) => one)).toEqual(['triage/shared/launch'])
})

test.each([
  ['loss was nan', 'nan'],
  ['the outputs are INF', 'nan'],
  ['gradient of infinite', 'nan'],
  ['value is nonfinite', 'nan'],
  ['floss is nan', 'exit:1'],
  ['loss is nanometers', 'exit:1'],
  [`loss ${'x'.repeat(39)} nan`, 'nan'],
  [`loss ${'x'.repeat(40)} nan`, 'exit:1'],
  ['torch.OutOfMemoryError', 'cuda_oom'],
  ['torch.cuda.OutOfMemoryError', 'cuda_oom'],
  ['cuda OUT of memory', 'cuda_oom'],
  ['  a_1.b.KeyError: x  ', 'exception:KeyError'],
  ['KeyError: x\nin a file', 'exception:KeyError'],
  ['SystemExit', 'exception:SystemExit'],
  ['UserWarning: x', 'exception:UserWarning'],
  ['BusFault: x', 'exception:BusFault'],
  ['Error: x\n    at file.js:1:2', 'exception:Error'],
  ['Exception: x', 'exception:Exception'],
  ['error: x', 'exit:1'],
  ['keyError: x', 'exit:1'],
  ['KeyErrors: x', 'exit:1'],
  ['KeyError x', 'exit:1'],
])('the error output %j has the fingerprint %s', (untrustedErrorTail, print) => {
  expect(failureOf(failed({ untrustedErrorTail }))).toEqual({ class: print.split(':')[0], print })
})

test('unreadable limits allow no increase, and an increase stays within the limit', () => {
  expect([moreMemory('1G', 50, 'much'), moreMemory('1G', 50, '1100M'), moreMemory('100', 10, null)]).toEqual([
    null,
    '1100M',
    '110M',
  ])
  expect([moreTime('1:00:00', 50, 'UNLIMITED'), moreTime('UNLIMITED', 50, null)]).toEqual([null, null])
  expect([moreTime('00:40', 50, null), moreTime('16:00:00', 50, null), moreTime('1-02:03:04', 50, null)]).toEqual([
    '00:01:00',
    '1-00:00:00',
    '1-15:04:36',
  ])
})
