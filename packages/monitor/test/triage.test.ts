import { expect, test } from 'vitest'
import {
  failureOf,
  moreMemory,
  moreTime,
  type Outlook,
  readMonitorConfig,
  type TrialView,
  triage,
} from '../src/index.ts'

function trial(i: number, more: Partial<TrialView> = {}): TrialView {
  return {
    ...{ i, name: `t${i}`, state: 'failed', attempt: 1, reason: 'exit', step: null, stepsPerMinute: null, params: {} },
    ...{ elapsedSeconds: 10, signAt: null, mem: '8G', time: '01:00:00', isRetried: false, nanMetric: null, code: 1 },
    ...{ untrustedLastLog: null, untrustedErrorTail: null },
    ...more,
  }
}

function outlook(trials: readonly TrialView[]): Outlook {
  return {
    ...{
      sweep: 's',
      workspace: '/w',
      executor: 'slurm',
      objective: null,
      halving: null,
      driver: null,
      needsDriver: false,
    },
    ...{ silent: [], isStarted: true, at: 10_000, trials },
  }
}

const LIMITS = { onFailure: 'remediate', maxMem: '16G', maxTime: '02:00:00', maxRetries: 2, stallMinutes: 30 } as const

function decide(trials: readonly TrialView[], more: Partial<Parameters<typeof triage>[0]> = {}): readonly string[] {
  const input = {
    outlook: outlook(trials),
    limits: LIMITS,
    made: new Set<string>(),
    retries: new Map<number, number>(),
    pruned: 0,
    ...more,
  }
  return triage(input).map(
    ({ kind, act, text }) => `${kind} ${act?.tool ?? '-'} ${JSON.stringify(act?.args ?? {})} ${text}`,
  )
}

test.each([
  [{ reason: 'oom' }, 'oom'],
  [{ reason: 'oom', untrustedErrorTail: 'torch.OutOfMemoryError: CUDA out of memory. Tried' }, 'cuda_oom'],
  [{ reason: 'timeout', untrustedErrorTail: 'CUDA out of memory' }, 'timeout'],
  [{ code: 124 }, 'timeout'],
  [{ reason: 'node_fail' }, 'node'],
  [{ reason: 'signal', code: 137 }, 'killed'],
  [{ reason: 'launch', code: 127 }, 'launch'],
  [{ untrustedErrorTail: 'OSError: [Errno 5] Input/output error' }, 'exception:OSError'],
  [{ untrustedErrorTail: 'Traceback\n  File "a.py"\ntorch.cuda.CudaError: x\nmore' }, 'exception:CudaError'],
  [{ untrustedErrorTail: 'RuntimeError: loss is nan' }, 'nan'],
  [{ untrustedErrorTail: 'TypeError: bad\nValueError: last counts' }, 'exception:ValueError'],
  [{ code: 3 }, 'exit:3'],
] as const)('a failure %j has the fingerprint %s', (facts, print) => {
  expect(failureOf(trial(0, facts)).print).toBe(print)
})

test('out-of-memory errors and timeouts raise the resources of that trial alone, up to the limits, in values that SLURM accepts', () => {
  expect(decide([trial(3, { reason: 'oom' })])).toEqual([
    'act bump_mem {"index":3,"mem":"12288M"} trial 3 failed with an out-of-memory error; it is being restarted with 12288M instead of 8G',
  ])
  expect(decide([trial(3, { reason: 'timeout' })])[0]).toContain('act bump_time {"index":3,"time":"01:30:00"}')
  expect(decide([trial(3, { reason: 'oom', mem: '16G' })])[0]).toContain(
    'report - {} trial 3 failed with an out-of-memory error; the config allows at most 16G',
  )
  const open = { ...LIMITS, maxMem: null }
  expect(decide([trial(3, { reason: 'oom' })], { limits: open })[0]).toContain('ask bump_mem')
  expect([moreMemory('2T', 50, null), moreMemory('1500MB', 50, null), moreMemory('8000', 50, '9G')]).toEqual([
    '3145728M',
    '2250M',
    '9216M',
  ])
  expect([moreTime('60', 50, null), moreTime('1-12', 50, null), moreTime('UNLIMITED', 50, null)]).toEqual([
    '01:30:00',
    '2-06:00:00',
    null,
  ])
})

test('a trial is restarted once after an exception; the same exception in two trials holds back waiting trials', () => {
  const one = trial(1, { untrustedErrorTail: 'KeyError: x' })
  expect(decide([one])[0]).toContain('act run_indices {"indices":[1],"force":false}')
  const made = new Set(['triage/exception:KeyError/1/1'])
  expect(decide([{ ...one, attempt: 2 }], { made })).toEqual(['report - {} trial 1 failed with KeyError again'])
  const two = trial(2, { untrustedErrorTail: 'KeyError: y' })
  const waiting = trial(4, { state: 'waiting', reason: null })
  expect(decide([one, two, waiting])).toEqual([
    'act hold_waiting {"indices":[4]} 2 trials failed with KeyError: 1, 2; 1 waiting trials are held back',
  ])
})

test('the caps apply: retries per trial, a third of the trials pruned, an hour of work, and the retries of the driver', () => {
  expect(decide([trial(1, { reason: 'node_fail' })], { retries: new Map([[1, 2]]) })[0]).toContain(
    'report - {} trial 1',
  )
  expect(decide([trial(1, { isRetried: true })])).toEqual([])
  const nan = (i: number, more: Partial<TrialView> = {}): TrialView =>
    trial(i, { state: 'running', nanMetric: 'loss', signAt: 10_000, ...more })
  expect(decide([nan(0), nan(1), nan(2)]).map((line) => line.split(' ')[0])).toEqual(['act', 'ask', 'ask'])
  expect(
    decide([nan(0, { elapsedSeconds: 4000 }), trial(1, { state: 'completed' }), trial(2, { state: 'completed' })])[0],
  ).toContain('ask prune_index')
  expect(decide([trial(0, { state: 'running', signAt: 10_000 - 1799 })])).toEqual([])
  expect(decide([trial(0, { state: 'running', signAt: 10_000 - 1860 })])[0]).toContain('ask stop_index')
  expect(decide([trial(0, { reason: 'node_fail' })], { limits: { ...LIMITS, onFailure: 'notify' } })[0]).toContain(
    'report',
  )
})

test('a message about an invalid config names the place, the problem and a valid value, and never repeats a possible key', () => {
  const text =
    'monitor:\n  model: gpt\n  key: sk-12345678\n  max_mem: lots\n  allow: {costly: maybe, read: never}\n  live: {lr: 3}\n  slack: {channel: general}\n'
  const reading = readMonitorConfig(text)
  const problems = reading.ok
    ? []
    : reading.problems.map(({ place, field, message }) => `${place.line}: ${field}: ${message}`)
  expect(problems.join('\n')).not.toContain('sk-1234')
  expect(problems.sort()).toEqual([
    '2: monitor.model: "gpt" is not a model; use openai:NAME or anthropic:NAME',
    '3: monitor.key: does not name a source for the secret; use env:NAME or file:PATH',
    expect.stringContaining('4: monitor.max_mem: "lots" is not'),
    expect.stringContaining('5: monitor.allow.costly:'),
    expect.stringContaining('5: monitor.allow.read: unknown field'),
    '6: monitor.live.lr: "3" is not a list such as [a, b]',
    expect.stringContaining('7: monitor.slack.channel: must be a channel id'),
  ])
})
