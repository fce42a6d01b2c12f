import type { SlurmOptions } from '../config/config.ts'
import type { AttemptRef, SeenRow } from '../journal/event.ts'

/** The answer of an outside program; `answered: false` means that none came, which proves nothing. */
export type Answer<T> =
  | { readonly answered: true; readonly value: T }
  | { readonly answered: false; readonly why: string }

export function answer<T>(value: T): Answer<T> {
  return { answered: true, value }
}

export function unanswered<T>(why: string): Answer<T> {
  return { answered: false, why }
}

/** The resources of one attempt on the machine that runs it. */
export interface Place {
  /** As for CUDA_VISIBLE_DEVICES; empty for none. */
  readonly gpus: string
}

/** The limits of an executor. */
export interface Limits {
  /** The places that are free now, where attempts need one to be submitted; null for an executor with its own queue. */
  readonly places: readonly Place[] | null
  /** The largest number of attempts in one submission. */
  readonly chunk: number
  /** The greatest number of a task; attempts of trials with a higher index are numbered from 0. -1: all attempts are. */
  readonly maxTask: number
  /** The number of attempts that may be submitted now; omitted for no limit. */
  readonly room?: number
  /** Seconds without a sign of life after which an attempt is treated as never started; null: only {@link Executor.observe} decides this. */
  readonly signSeconds: number | null
}

/** One attempt of a submission, with everything that the wrapper needs to run it. */
export interface ChunkAttempt {
  readonly i: number
  readonly n: number
  /** Its number within the submission. */
  readonly task: number
  readonly place: Place
  /** The environment of the wrapper: HYPERHERD_* and HOTCB_RUN_DIR. */
  readonly env: Readonly<Record<string, string>>
}

/** Attempts that are submitted together, with the same resources. */
export interface Chunk {
  /** Names the submission, so that it can be found if the answer is lost. */
  readonly sid: string
  readonly attempts: readonly ChunkAttempt[]
  /** Attempts of this submission that may run at a time; null for no limit. */
  readonly throttle: number | null
  /** Jobs, and tasks of jobs, that must have ended before these attempts start. SLURM only. */
  readonly after?: readonly string[]
  /** The SLURM resources of each of these attempts; null if another executor runs them. */
  readonly slurm: SlurmOptions | null
}

/** The executor accepted a submission. */
export interface Sent {
  readonly kind: 'sent'
  /** Its number there. */
  readonly job: string
  /** The absolute path of its batch script, if it has one. */
  readonly script?: string
}

/** The executor refused a submission, and certainly runs no part of it. */
export interface Refused {
  readonly kind: 'refused'
  readonly why: string
  /** A limit on the number of jobs is reached: fewer may fit. */
  readonly isFull?: boolean
}

/** The executor does not have a submission, and never will. */
export interface Absent {
  readonly kind: 'absent'
}

/** A submission whose outcome is not known. */
export interface OpenSubmission {
  readonly sid: string
  /** Epoch seconds of the intent. */
  readonly at: number
  readonly attempts: readonly AttemptRef[]
}

/** An attempt that may not be over. */
export interface OpenAttempt {
  readonly i: number
  readonly n: number
  readonly sid: string
  readonly task: number
  /** The executor's number of the submission; null while it is not known. */
  readonly job: string | null
  /** Epoch seconds of the intent. */
  readonly at: number
  readonly seen: SeenRow[3] | null
  readonly r: number
  readonly facts: SeenRow[4]
}

/** What was observed about open attempts, and which sources answered. */
export interface Observation {
  /** Only what is new. */
  readonly rows: readonly SeenRow[]
  /** The sources that did not answer, each with a reason. This proves nothing about any attempt. */
  readonly silent: readonly { readonly source: string; readonly why: string }[]
}

/** The resource usage of an attempt. */
export interface Usage {
  readonly i: number
  readonly n: number
  readonly state: string | null
  readonly elapsed: string | null
  readonly elapsedSeconds: number | null
  readonly maxRssBytes: number | null
  readonly aveRssBytes: number | null
  readonly reqMemBytes: number | null
}

/** Facts about attempts. */
export interface UsageReading {
  readonly used: readonly Usage[]
  /** The number of attempts that were not queried, for lack of time. */
  readonly unasked: number
}

/**
 * Runs attempts somewhere. Never throws because of other programs: a missing answer is `answered: false`, never an empty
 * list. `executorConformance` of `@hotcb/sweep/testing` tests one.
 */
export interface Executor {
  /** `local`, `slurm`, `gridengine`: as the journal names it. */
  readonly name: string
  /** Whether attempts start and end only while a driver looks. */
  readonly needsDriver: boolean
  limits(open: readonly OpenAttempt[]): Promise<Answer<Limits>>
  submit(chunk: Chunk): Promise<Answer<Sent | Refused>>
  /** The outcome of submissions, except of those whose outcome is not known yet. */
  find(submissions: readonly OpenSubmission[]): Promise<Answer<ReadonlyMap<string, Sent | Absent>>>
  observe(open: readonly OpenAttempt[]): Promise<Observation>
  /** Ends attempts, by force if they were already asked to end; returns those that could be notified. */
  cancel(attempts: readonly OpenAttempt[], force: boolean): Promise<Answer<readonly AttemptRef[]>>
  /** Changes how many attempts of a submission may run at a time. */
  throttle?(job: string, tasks: number): Promise<Answer<void>>
  /** The script that a submission would have, where the executor writes any. */
  script?(chunk: Omit<Chunk, 'sid'>): string
  /** The resource usage of attempts, if the executor records it. With `withinMs`, as many as can be determined in about that time. */
  usage?(attempts: readonly OpenAttempt[], withinMs?: number): Promise<Answer<UsageReading>>
}
