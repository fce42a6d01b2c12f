import type { Outlook, TrialView } from '../src/types.ts'

/** A trial that is ready and has not started. */
export function trialOf(i: number, more: Partial<TrialView> = {}): TrialView {
  return {
    ...{ i, name: `t${i}`, state: 'ready', attempt: 0, reason: null, step: null, stepsPerMinute: null, params: {} },
    ...{ elapsedSeconds: null, signAt: null, mem: null, time: null, isRetried: false, nanMetric: null, code: null },
    ...{ untrustedLastLog: null, untrustedErrorTail: null },
    ...more,
  }
}

/** A sweep that was started and has no driver. */
export function outlookOf(trials: readonly TrialView[], more: Partial<Outlook> = {}): Outlook {
  return {
    ...{ sweep: 's', workspace: '/w', executor: 'local', objective: null, halving: null, driver: null },
    ...{ needsDriver: false, silent: [], isStarted: true, at: 10_000 },
    trials,
    ...more,
  }
}
