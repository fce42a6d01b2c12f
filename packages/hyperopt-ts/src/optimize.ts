import type { Space } from './dimension.ts'
import type { TrialOutcome } from './outcome.ts'
import type { Params } from './params.ts'
import { show } from './show.ts'
import type { Study } from './study.ts'
import { messageOf } from './thrown.ts'
import type { Trial } from './trial.ts'

/** Options for {@link optimize}. At least one of `trials`, `timeoutMs` and `signal` must be set. */
export interface OptimizeOptions<S extends Space = Space> {
  /** The number of trials to run. */
  readonly trials?: number
  /** The number of milliseconds after which no more trials start; running trials are awaited. */
  readonly timeoutMs?: number
  /** Once it is aborted, no more trials start; running trials are awaited. */
  readonly signal?: AbortSignal
  /**
   * The number of trials that run at a time.
   *
   * @defaultValue 1
   */
  readonly parallel?: number
  /** Called after each trial. A callback that throws does not stop the search; its error is in the result. */
  readonly callbacks?: readonly ((study: Study<S>, trial: Trial<Params<S>>) => void | Promise<void>)[]
  /**
   * Whether to continue if the objective throws. Its trial then fails, with the error's message as the reason.
   *
   * @defaultValue false
   */
  readonly catchErrors?: boolean
}

/** How {@link optimize} ended. */
export interface OptimizeResult {
  /** The limit that stopped it. */
  readonly stoppedBy: 'trials' | 'timeout' | 'signal'
  /** The errors that callbacks have thrown. */
  readonly callbackErrors: readonly unknown[]
}

/**
 * The function to minimize or maximize: it receives a trial and returns its value, 'failed' or 'pruned'.
 *
 * `signal` is aborted when the search stops early, so that the objective can stop early too.
 */
export type Objective<S extends Space> = (
  trial: Trial<Params<S>>,
  context: { readonly signal: AbortSignal },
) => TrialOutcome | Promise<TrialOutcome>

/**
 * Calls `ask`, the objective and `tell` until the trials have been run, the time is up or the signal is aborted.
 *
 * If the objective throws, its trial fails and no more trials start; the promise is rejected with the error once the running trials have
 * ended. If an objective throws because the search is stopping early, only its trial fails.
 *
 * @throws RangeError or TypeError for an invalid option, or if nothing would stop the search.
 */
export async function optimize<S extends Space>(
  study: Study<S>,
  objective: Objective<S>,
  options: OptimizeOptions<S>,
): Promise<OptimizeResult> {
  checkOptions(objective, options)
  const { trials = Infinity, timeoutMs, signal, parallel = 1, callbacks = [], catchErrors = false } = options
  const inner = new AbortController()
  let stoppedBy: OptimizeResult['stoppedBy'] = 'trials'
  const stop = (why: 'timeout' | 'signal'): void => {
    if (!inner.signal.aborted) stoppedBy = why
    inner.abort(signal?.reason)
  }
  const onAbort = (): void => stop('signal')
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort)
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => stop('timeout'), timeoutMs)
  const [errors, callbackErrors]: [unknown[], unknown[]] = [[], []]
  let begun = 0
  const run = async (): Promise<void> => {
    begun += 1
    const trial = study.ask()
    try {
      study.tell(trial, await objective(trial, { signal: inner.signal }))
    } catch (error) {
      if (!catchErrors && !inner.signal.aborted) errors.push(error)
      if (trial.state === 'running') study.tell(trial, 'failed', messageOf(error))
    }
    for (const callback of callbacks) {
      try {
        await callback(study, trial)
      } catch (error) {
        callbackErrors.push(error)
      }
    }
  }
  const work = async (): Promise<void> => {
    while (begun < trials && errors.length === 0 && !inner.signal.aborted) {
      await run()
      // An objective that never waits would block the timer and the signal.
      if (timer !== undefined || signal !== undefined) await new Promise((resolve) => setTimeout(resolve, 0))
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(parallel, trials) }, work))
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
  if (errors.length > 0) throw errors[0]
  return { stoppedBy: begun >= trials ? 'trials' : stoppedBy, callbackErrors }
}

function checkOptions<S extends Space>(objective: unknown, options: OptimizeOptions<S>): void {
  if (typeof objective !== 'function') throw new TypeError(`\`objective\` must be a function, got ${show(objective)}`)
  const { trials, timeoutMs, signal, parallel = 1 } = options ?? {}
  if (trials === undefined && timeoutMs === undefined && signal === undefined) {
    throw new RangeError('set `trials`, `timeoutMs` or `signal`, so that the search ends')
  }
  if (trials !== undefined && !(Number.isSafeInteger(trials) && trials >= 0)) {
    throw new RangeError(`\`trials\` must be a whole number >= 0, got ${show(trials)}`)
  }
  if (timeoutMs !== undefined && !(timeoutMs >= 0 && timeoutMs < 0x7fffffff)) {
    throw new RangeError(`\`timeoutMs\` must be from 0 to 2^31 milliseconds, got ${show(timeoutMs)}`)
  }
  if (!Number.isSafeInteger(parallel) || parallel < 1) {
    throw new RangeError(`\`parallel\` must be a whole number >= 1, got ${show(parallel)}`)
  }
}
