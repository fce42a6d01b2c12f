/** `GET output`: the end of what the training printed. */
export interface OutputTail {
  /** Changes whenever the file does; sent back with the next question. */
  readonly stamp: string
  /** Bytes in the file. */
  readonly size: number
  /** How many bytes before `text` are left out. */
  readonly skipped: number
  /** Null if nothing has changed since the stamp of the question. */
  readonly text: string | null
}

/** Null: there is no such file. */
export interface OutputAnswer {
  readonly output: OutputTail | null
}
