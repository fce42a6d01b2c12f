import type { AnswerLog } from '../answers/answer-log.ts'

/** What a stream is opened with: the run it is of. */
export interface StreamHost {
  readonly id: string
  readonly answers: Pick<AnswerLog, 'seed' | 'take' | 'takeControls'>
  /** Reads the other streams again: the run was gone, and is back. */
  reloadOthers(): void
  /** The connection was lost and is back: what has no cursor may have missed something. */
  resumeOthers(): void
}

/** What the page holds of one stream of a run. */
export interface OpenStream {
  /** Reads everything again. */
  reload(): void
  /** Reads again what may have been missed while the connection was lost. */
  resume?(): void
  close(): void
}

/** Waits for an answer; one that is unavailable is undefined, and is requested again when connection or run are back. */
export async function quietly<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  try {
    return await promise
  } catch {
    return undefined
  }
}
