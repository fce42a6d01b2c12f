import type { AttemptRef, SeenState, SweepEvent, Want } from '../journal/event.ts'
import { type Fold, isEnd, type TrialRecord } from '../journal/fold.ts'
import { HERD_STATUS, isHeldInPlan, newestAttempt, trialState } from '../journal/trial-state.ts'
import type { Outcome } from '../plan/outcome.ts'
import { type SweepTrial, toDocument } from '../plan/trial.ts'
import type { HerdFiles, HerdJob, HerdRecord } from './read-views.ts'

/**
 * Converts HyperHerd's changes to journal events: the trials that it planned, dropped and submitted, and its requests about them. Returns
 * no events if its files agree with the journal. SLURM is queried again about how a trial ended, since HyperHerd mixes up a trial's jobs;
 * HyperHerd's record is used for jobs that SLURM has forgotten.
 */
export function adoptionOf(fold: Fold, { records, jobs }: HerdFiles): Outcome<readonly SweepEvent[]> {
  const problems: string[] = []
  const changes = planChanges(fold, records, problems)
  const fresh = new Set(changes.fresh.map(({ i }) => i))
  const context: Context = {
    statusOf: new Map(records?.map(({ trial, status }) => [trial.i, status])),
    known: (i) => (fresh.has(i) ? undefined : fold.trials.get(i)),
    ends: new Map(),
  }
  const submissions = newSubmissions(fold, jobs, context)
  const states = (records ?? []).flatMap((record) => stateEvents(record, context, problems))
  if (problems.length > 0) return { ok: false, message: problems.join('; ') }
  return {
    ok: true,
    value: [
      ...planEvents(changes.fresh),
      ...marking('revive', changes.back),
      ...marking('drop', changes.gone),
      ...submissions,
      ...states,
    ],
  }
}

interface PlanChanges {
  readonly fresh: readonly SweepTrial[]
  readonly back: readonly SweepTrial[]
  readonly gone: readonly SweepTrial[]
}

function planChanges(fold: Fold, records: HerdFiles['records'], problems: string[]): PlanChanges {
  if (records === null) return { fresh: [], back: [], gone: [] }
  const trials = records.map(({ trial }) => trial)
  const fresh = trials.filter((trial) => isFresh(fold, trial, problems))
  const listed = new Set(trials.map(({ i }) => i))
  const isDropped = ({ i }: SweepTrial): boolean => fold.trials.get(i)?.isDropped === true
  // HyperHerd never drops a trial that is running or has results. If such a trial is missing, HyperHerd's list predates the trials that
  // hotcb added.
  const gone = [...fold.trials.values()].filter(
    (one) => !one.isDropped && !listed.has(one.trial.i) && !isHeldInPlan(trialState(one)),
  )
  const freshOnes = new Set(fresh)
  return {
    fresh,
    back: trials.filter((trial) => isDropped(trial) && !freshOnes.has(trial)),
    gone: gone.map(({ trial }) => trial),
  }
}

interface Context {
  readonly statusOf: ReadonlyMap<number, string>
  /** Returns the trial in the journal; undefined for a new trial. */
  readonly known: (i: number) => TrialRecord | undefined
  /** The numbers of the attempts that HyperHerd started, by trial. */
  readonly ends: Map<number, number[]>
}

/** Whether a record describes a trial that is missing from the journal. HyperHerd reuses the index of a trial that never started. */
function isFresh(fold: Fold, trial: SweepTrial, problems: string[]): boolean {
  const known = fold.trials.get(trial.i)
  if (known === undefined) return true
  if (known.trial.hash === trial.hash) return false
  if (known.attempts.length === 0) return true
  problems.push(
    `trial ${trial.i} is \`${trial.name}\` in manifest.json and \`${known.trial.name}\` in the journal of this sweep`,
  )
  return false
}

const PLANNED_AT_ONCE = 500

/** Converts trials to events. The trials are spread over several events, because a journal line is at most 1 MiB long. */
export function planEvents(trials: readonly SweepTrial[]): readonly SweepEvent[] {
  return Array.from({ length: Math.ceil(trials.length / PLANNED_AT_ONCE) }, (_, part) => ({
    type: 'plan',
    trials: trials.slice(part * PLANNED_AT_ONCE, (part + 1) * PLANNED_AT_ONCE).map(toDocument),
  }))
}

function marking(type: 'drop' | 'revive', trials: readonly SweepTrial[]): readonly SweepEvent[] {
  return trials.length === 0 ? [] : [{ type, trials: trials.map(({ i }) => i) }]
}

/** Returns the submissions that are missing from the journal. */
function newSubmissions(fold: Fold, jobs: readonly HerdJob[], context: Context): readonly SweepEvent[] {
  const known = new Map<string, number>()
  for (const { executor, job, attempts } of fold.submissions.values()) {
    if (executor !== 'slurm') continue
    for (const [i] of attempts) known.set(`${job}_${i}`, (known.get(`${job}_${i}`) ?? 0) + 1)
  }
  const taken = new Set<string>()
  return jobs.flatMap(({ job, indices }) => {
    const unknown = indices.filter((i) => {
      const left = known.get(`${job}_${i}`) ?? 0
      known.set(`${job}_${i}`, left - 1)
      return left <= 0
    })
    if (unknown.length === 0) return []
    const sid = freeSid(fold, taken, job)
    const attempts = unknown.map((i): AttemptRef => [i, nextNumber(i, context)])
    return submissionEvents(sid, job, attempts, context)
  })
}

function submissionEvents(
  sid: string,
  job: string,
  attempts: readonly AttemptRef[],
  { known, statusOf }: Context,
): readonly SweepEvent[] {
  const recorded = attempts.map(([i]) => recordedEnd(statusOf.get(i)))
  // Starting a trial cancels the earlier requests about it.
  const wished = attempts.map(([i]) => i).filter((i) => known(i)?.wish != null)
  return [
    ...(wished.length > 0 ? [{ type: 'call', trials: wished } as const] : []),
    { type: 'intent', sid, executor: 'slurm', attempts, job, recorded },
  ]
}

function freeSid({ submissions }: Fold, taken: Set<string>, job: string): string {
  for (let number = 1; ; number++) {
    const sid = number === 1 ? `hyperherd-${job}` : `hyperherd-${job}-${number}`
    if (taken.has(sid) || submissions.has(sid)) continue
    taken.add(sid)
    return sid
  }
}

function nextNumber(i: number, { known, ends }: Context): number {
  const numbers = ends.get(i) ?? []
  const n = Math.max(0, known(i)?.attempts.at(-1)?.n ?? 0, ...numbers) + 1
  ends.set(i, [...numbers, n])
  return n
}

const FAILURES = new Set(['failed', 'preempted', 'boot_fail', 'deadline', 'node_fail', 'timeout', 'out_of_memory'])

/** Returns the end state that corresponds to a HyperHerd status; null for a trial that may still be running. */
function recordedEnd(status = ''): SeenState | null {
  if (status === 'completed') return status
  if (status === 'cancelled' || status === 'pruned' || status === 'paused') return 'cancelled'
  return FAILURES.has(status) ? 'failed' : null
}

/** Returns the events that a record's status implies, in addition to its submissions. */
function stateEvents(record: HerdRecord, context: Context, problems: string[]): readonly SweepEvent[] {
  const { trial, status } = record
  const known = context.known(trial.i)
  const started = context.ends.get(trial.i) ?? []
  const before = known === undefined ? 'ready' : HERD_STATUS[trialState(known)]
  const newest = started.at(-1) ?? (known === undefined ? undefined : newestAttempt(known)?.n)
  if (status === 'pruned' || status === 'paused') {
    return status === before ? [] : wishEvents(trial.i, status === 'pruned' ? 'prune' : 'pause', newest, known)
  }
  if (newest === undefined) return status === before ? [] : neverSubmitted(record, problems)
  return isCertainlyCompleted(status, known, started) ? [seenEvent(trial.i, newest, 'completed')] : []
}

function wishEvents(
  i: number,
  want: Want,
  newest: number | undefined,
  known: TrialRecord | undefined,
): readonly SweepEvent[] {
  if (known?.wish === want && known.attempts.at(-1)?.n === newest) return []
  const wish = { type: 'wish', trials: [i], want } as const
  // HyperHerd has already written the request to `_signal`.
  return newest === undefined ? [wish] : [wish, { type: 'told', i, n: newest, what: 'signal' }]
}

/** Returns the events for a trial that has a state in HyperHerd but no known job. */
function neverSubmitted({ trial: { i }, status }: HerdRecord, problems: string[]): readonly SweepEvent[] {
  if (status === 'ready' || status === 'pending') return []
  if (status === 'cancelled') return [{ type: 'wish', trials: [i], want: 'stop' }]
  const end = recordedEnd(status)
  if (end === null) {
    problems.push(`trial ${i} is ${status} in manifest.json, but job_ids.json contains no job for it`)
    return []
  }
  const sid = `hyperherd-unknown-${i}`
  return [
    { type: 'intent', sid, executor: 'slurm', attempts: [[i, 1]], job: '', recorded: [end] },
    seenEvent(i, 1, end),
  ]
}

/** Whether a trial has certainly completed: if HyperHerd started only one job, it cannot be mistaken for another job of the same trial. */
function isCertainlyCompleted(status: string, known: TrialRecord | undefined, started: readonly number[]): boolean {
  if (status !== 'completed' || (known?.attempts.length ?? 0) + started.length !== 1) return false
  const [only] = known?.attempts ?? []
  return only === undefined || (only.at === 0 && !isEnd(only.seen))
}

function seenEvent(i: number, n: number, state: SeenState): SweepEvent {
  return { type: 'seen', rows: [[i, n, 0, state, {}]] }
}
