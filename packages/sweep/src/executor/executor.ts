import type { SlurmOptions } from '../config/config.ts'
import type { AttemptRef, SeenRow } from '../journal/event.ts'

/** An external program's answer; `answered: false` means that it did not answer, which proves nothing. */
export type Answer<T> =
  | { readonly answered: true; readonly value: T }
  | { readonly answered: false; readonly why: string }

export function answer<T>(value: T): Answer<T> {
  return { answered: true, value }
}

export function unanswered<T>(why: string): Answer<T> {
  return { answered: false, why }
}

/** The GPUs assigned to one attempt on the machine that runs it. */
export interface Place {
  /** In CUDA_VISIBLE_DEVICES format; empty for none. */
  readonly gpus: string
}

/** The limits of an executor. */
export interface Limits {
  /** The free places, if an attempt needs a place before it can be submitted; null for an executor that has its own queue. */
  readonly places: readonly Place[] | null
  /** The largest number of attempts in one submission. */
  readonly chunk: number
  /** The highest task number. Attempts of trials with a higher index are numbered from 0; with -1, all attempts are. */
  readonly maxTask: number
  /** The number of attempts that may be submitted now; omitted for no limit. */
  readonly room?: number
  /**
   * Seconds without a sign of life after which an attempt is treated as never started; null: only {@link Executor.observe} decides this.
   */
  readonly signSeconds: number | null
}

/** One attempt in a submission, with everything that the wrapper needs to run it. */
export interface ChunkAttempt {
  readonly i: number
  readonly n: number
  /** Its number within the submission. */
  readonly task: number
  readonly place: Place
  /** The wrapper's environment: HYPERHERD_* and HOTCB_RUN_DIR. */
  readonly env: Readonly<Record<string, string>>
}

/** Attempts that are submitted together, with the same resources. */
export interface Chunk {
  /** The name of the submission. It identifies the submission if the answer is lost. */
  readonly sid: string
  readonly attempts: readonly ChunkAttempt[]
  /** The maximum number of this submission's attempts that may run at a time; null for no limit. */
  readonly throttle: number | null
  /** Jobs, and tasks of jobs, that must finish before these attempts start. SLURM only. */
  readonly after?: readonly string[]
  /** The SLURM resources of each attempt; null if a different executor runs them. */
  readonly slurm: SlurmOptions | null
}

/** The executor accepted a submission. */
export interface Sent {
  readonly kind: 'sent'
  /** The executor's number for the submission. */
  readonly job: string
  /** The absolute path of its batch script, if it has one. */
  readonly script?: string
}

/** The executor rejected a submission, and is certainly not running any part of it. */
export interface Refused {
  readonly kind: 'refused'
  readonly why: string
  /** Whether a limit on the number of jobs was reached: a smaller submission may fit. */
  readonly isFull?: boolean
}

/** The executor does not have a submission, and will never receive it. */
export interface Absent {
  readonly kind: 'absent'
}

/** A submission whose outcome is not known. */
export interface OpenSubmission {
  readonly sid: string
  /** When the intent to submit was recorded, in epoch seconds. */
  readonly at: number
  readonly attempts: readonly AttemptRef[]
}

/** An attempt that may not have ended. */
export interface OpenAttempt {
  readonly i: number
  readonly n: number
  readonly sid: string
  readonly task: number
  /** The executor's number for the submission; null while it is not known. */
  readonly job: string | null
  /** When the intent to submit was recorded, in epoch seconds. */
  readonly at: number
  readonly seen: SeenRow[3] | null
  readonly r: number
  readonly facts: SeenRow[4]
}

/** What was observed about open attempts, and which sources answered. */
export interface Observation {
  /** Only the new rows. */
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
  /** The number of attempts that were not queried because time ran out. */
  readonly unasked: number
}

/**
 * Runs attempts somewhere. Never throws because of other programs: a missing answer is `answered: false`, never an empty
 * list. Test an executor with `executorConformance` from `@hotcb/sweep/testing`.
 */
export interface Executor {
  /** The name in the journal: `local`, `slurm` or `gridengine`. */
  readonly name: string
  /** Whether attempts start and end only while a driver is running. */
  readonly needsDriver: boolean
  limits(open: readonly OpenAttempt[]): Promise<Answer<Limits>>
  submit(chunk: Chunk): Promise<Answer<Sent | Refused>>
  /** Returns the outcomes of submissions, except those whose outcome is not known yet. */
  find(submissions: readonly OpenSubmission[]): Promise<Answer<ReadonlyMap<string, Sent | Absent>>>
  observe(open: readonly OpenAttempt[]): Promise<Observation>
  /** Stops attempts, by force if they were already asked to stop; returns the attempts that could be notified. */
  cancel(attempts: readonly OpenAttempt[], force: boolean): Promise<Answer<readonly AttemptRef[]>>
  /** Changes how many attempts of a submission may run at a time. */
  throttle?(job: string, tasks: number): Promise<Answer<void>>
  /** Returns the script for a submission, if the executor writes scripts. */
  script?(chunk: Omit<Chunk, 'sid'>): string
  /**
   * Returns the resource usage of attempts, if the executor records it. With `withinMs`, it returns as many as it can determine in about
   * that time.
   */
  usage?(attempts: readonly OpenAttempt[], withinMs?: number): Promise<Answer<UsageReading>>
}
