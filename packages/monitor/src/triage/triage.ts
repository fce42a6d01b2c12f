import type { TriageLimits } from '../config-triage.ts'
import type { Act, Outlook, TrialView } from '../types.ts'
import { type Failure, failureOf } from './fingerprint.ts'
import { moreMemory, moreTime } from './more.ts'

/** A triage decision about a trial, or about failures with the same cause. It is made only once, because its key is in the log. */
export interface TriageDecision {
  readonly key: string
  /** `act`: carried out. `ask`: proposed to a person. `report`: only posted. */
  readonly kind: 'act' | 'ask' | 'report'
  readonly act: Act | null
  /** One line for people. */
  readonly text: string
}

export interface TriageInput {
  readonly outlook: Outlook
  readonly limits: TriageLimits
  /** The keys of decisions that were already made. */
  readonly made: ReadonlySet<string>
  /** The number of restarts by triage, by trial. */
  readonly retries: ReadonlyMap<number, number>
  /** The number of trials that triage has pruned. */
  readonly pruned: number
}

/** The maximum number of decisions in one tick. The next tick makes the remaining ones. */
const MOST_DECISIONS = 10
/** The percentage by which memory and time limits are raised. */
const RAISE = 50
/** The running time in seconds above which a trial is not pruned without approval. */
const HOUR = 3600

/**
 * Applies fixed rules to failures, to values that are not numbers, and to silent trials, without a model.
 *
 * Each decision has a key that contains the trial and its attempt, so that it is made only once, however often this is called.
 */
export function triage(input: TriageInput): readonly TriageDecision[] {
  const failed = input.outlook.trials
    .filter(({ state, isRetried }) => state === 'failed' && !isRetried)
    .map((trial) => ({ trial, failure: failureOf(trial) }))
  const all = [...shared(failed, input), ...failed.flatMap((one) => single(one, failed, input)), ...running(input)]
  return all.filter(({ key }) => !input.made.has(key)).slice(0, MOST_DECISIONS)
}

interface Failed {
  readonly trial: TrialView
  readonly failure: Failure
}

/** Failure classes for which a second trial with the same fingerprint shows that the trial itself is not the cause. */
const SHARED: ReadonlySet<Failure['class']> = new Set(['exception', 'exit', 'launch'])

function isShared({ failure }: Failed, failed: readonly Failed[]): boolean {
  return SHARED.has(failure.class) && failed.filter((one) => one.failure.print === failure.print).length >= 2
}

/** Returns the decision for the same exception in several trials: no new trials are started, and the monitor asks a person. */
function shared(failed: readonly Failed[], { outlook, limits }: TriageInput): readonly TriageDecision[] {
  const prints = new Set(failed.filter((one) => isShared(one, failed)).map(({ failure }) => failure.print))
  return [...prints].map((print) => {
    const trials = failed.filter(({ failure }) => failure.print === print).map(({ trial }) => trial)
    const waiting = outlook.trials.filter(({ state }) => state === 'waiting')
    const text = `${trials.length} trials failed with ${tell(print)}: ${listed(trials)}`
    const key = `triage/shared/${print}`
    if (waiting.length === 0 || limits.onFailure === 'notify') return { key, kind: 'report', act: null, text }
    const act = actOn('hold_waiting', waiting, { indices: waiting.map(({ i }) => i) }, text)
    return { key, kind: 'act', act, text: `${text}; ${waiting.length} waiting trials are held back` }
  })
}

function single(one: Failed, failed: readonly Failed[], input: TriageInput): readonly TriageDecision[] {
  if (isShared(one, failed)) return []
  const { trial, failure } = one
  const key = `triage/${failure.print}/${trial.i}/${trial.attempt}`
  const about = `trial ${trial.i} failed with ${tell(failure.print)}`
  switch (failure.class) {
    case 'oom':
      return [raised(trial, input, { key, about, what: 'mem' })]
    case 'timeout':
      return [raised(trial, input, { key, about, what: 'time' })]
    case 'node':
    case 'killed':
      return [retried(trial, input, { key, about })]
    case 'exception':
    case 'exit':
      if (wasRetriedFor(failure.print, trial, input)) return [report(key, `${about} again`)]
      return [retried(trial, input, { key, about })]
    default:
      return [report(key, `${about}; ${ADVICE[failure.class]}`)]
  }
}

const ADVICE: Readonly<Record<'cuda_oom' | 'nan' | 'launch' | 'parent', string>> = {
  cuda_oom: 'a smaller batch, or a larger GPU, would help',
  nan: 'its values diverge, and another attempt would do the same',
  launch: 'the launcher cannot be run; run `herd test` to see why',
  parent: 'the trial that it continues did not complete',
}

interface Case {
  readonly key: string
  readonly about: string
}

function wasRetriedFor(print: string, { i, attempt }: TrialView, { made }: TriageInput): boolean {
  return Array.from({ length: attempt - 1 }, (_, at) => `triage/${print}/${i}/${at + 1}`).some((key) => made.has(key))
}

function canRetry({ i }: TrialView, { limits, retries }: TriageInput): boolean {
  return limits.onFailure === 'remediate' && (retries.get(i) ?? 0) < limits.maxRetries
}

function retried(trial: TrialView, input: TriageInput, { key, about }: Case): TriageDecision {
  if (!canRetry(trial, input)) return report(key, `${about}; it will not be restarted`)
  const act = actOn('run_indices', [trial], { indices: [trial.i], force: false }, about)
  return { key, kind: 'act', act, text: `${about}; it is being restarted` }
}

/** Returns the decision to give only this trial more memory or time, within the config's limits. */
function raised(
  trial: TrialView,
  input: TriageInput,
  { key, about, what }: Case & { readonly what: 'mem' | 'time' },
): TriageDecision {
  const { limits } = input
  const now = trial[what]
  if (now === null)
    return report(key, `${about}; on this executor ${what === 'mem' ? 'memory' : 'time'} is not limited by hotcb`)
  const most = what === 'mem' ? limits.maxMem : limits.maxTime
  const more = what === 'mem' ? moreMemory(now, RAISE, most) : moreTime(now, RAISE, most)
  if (more === null) return report(key, `${about}; the config allows at most ${now}`)
  const act = actOn(what === 'mem' ? 'bump_mem' : 'bump_time', [trial], { index: trial.i, [what]: more }, about)
  if (most === null || !canRetry(trial, input))
    return { key, kind: 'ask', act, text: `${about}; start it with ${more}?` }
  return { key, kind: 'act', act, text: `${about}; it is being restarted with ${more} instead of ${now}` }
}

/** Returns the decisions for running trials: values that are not numbers, and silence. */
function running(input: TriageInput): readonly TriageDecision[] {
  const most = Math.floor(input.outlook.trials.length / 3)
  let given = input.pruned
  return input.outlook.trials
    .filter(({ state }) => state === 'running')
    .flatMap((trial): readonly TriageDecision[] => {
      if (trial.nanMetric === null) return silent(trial, input)
      const decision = notANumber(trial, trial.nanMetric, input, given < most)
      if (decision.kind === 'act' && !input.made.has(decision.key)) given++
      return [decision]
    })
}

function notANumber(trial: TrialView, metric: string, { limits }: TriageInput, hasRoom: boolean): TriageDecision {
  const { i, attempt, elapsedSeconds } = trial
  const key = `triage/nan/${i}/${attempt}`
  const text = `trial ${i}: ${JSON.stringify(metric)} is not a number`
  const act = actOn('prune_index', [trial], { index: i, reason: text }, text)
  const isCheap = limits.onFailure === 'remediate' && (elapsedSeconds ?? 0) < HOUR && hasRoom
  if (!isCheap) return { key, kind: 'ask', act, text: `${text}; prune it?` }
  return { key, kind: 'act', act, text: `${text}; it is pruned` }
}

function silent(trial: TrialView, { outlook, limits }: TriageInput): readonly TriageDecision[] {
  const { i, attempt, signAt, elapsedSeconds } = trial
  const seconds = signAt === null ? (elapsedSeconds ?? 0) : outlook.at - signAt
  if (limits.stallMinutes === 0 || seconds < limits.stallMinutes * 60) return []
  const text = `trial ${i} has given no sign of life for ${Math.round(seconds / 60)} min`
  const act = actOn('stop_index', [trial], { index: i, reason: text }, text)
  return [{ key: `triage/stalled/${i}/${attempt}`, kind: 'ask', act, text: `${text}; stop it?` }]
}

function report(key: string, text: string): TriageDecision {
  return { key, kind: 'report', act: null, text }
}

function actOn(
  tool: string,
  trials: readonly TrialView[],
  args: Readonly<Record<string, unknown>>,
  reason: string,
): Act {
  const expect = trials.map(({ i, state, attempt }) => ({ i, state, attempt }))
  return { tool, args, expect, class: 'cheap', reason }
}

/** Describes a fingerprint in words. */
function tell(print: string): string {
  const [kind = '', detail] = print.split(':')
  const words: Readonly<Record<string, string>> = {
    oom: 'an out-of-memory error',
    cuda_oom: 'an out-of-memory error on the GPU',
    timeout: 'a timeout',
    nan: 'a value that is not a number',
    node: 'a node failure or a preemption',
    killed: 'a signal from outside hotcb',
    launch: 'a launch error',
    parent: 'an incomplete parent',
  }
  if (kind === 'exception') return detail ?? 'an exception'
  if (kind === 'exit') return `exit code ${detail}`
  return words[kind] ?? kind
}

function listed(trials: readonly TrialView[]): string {
  const shown = trials.slice(0, 8).map(({ i }) => String(i))
  return trials.length > 8 ? `${shown.join(', ')} and ${trials.length - 8} more` : shown.join(', ')
}
