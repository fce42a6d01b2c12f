import type { AnswerLog } from '../answers/answer-log.ts'

/** The run for which a stream is opened. */
export interface StreamHost {
  readonly id: string
  readonly answers: Pick<AnswerLog, 'seed' | 'take' | 'takeControls'>
  /** Reloads the other streams, because the run had disappeared and is back. */
  reloadOthers(): void
  /** Called when the connection was restored. Streams without a cursor may have missed something. */
  resumeOthers(): void
}

/** One of a run's open streams. */
export interface OpenStream {
  /** Reloads everything. */
  reload(): void
  /** Reloads anything that may have been missed while the connection was lost. */
  resume?(): void
  close(): void
}

/** Waits for an answer. If it fails, the result is undefined, and the request is repeated when the connection or the run is back. */
export async function quietly<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  try {
    return await promise
  } catch {
    return undefined
  }
}
