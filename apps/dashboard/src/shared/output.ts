/** `GET output`: the end of the training run's output. */
export interface OutputTail {
  /** Changes whenever the file does. The page sends it with the next request. */
  readonly stamp: string
  /** Size of the file in bytes. */
  readonly size: number
  /** How many bytes before `text` are left out. */
  readonly skipped: number
  /** Null if the file still has the stamp in the request. */
  readonly text: string | null
}

/** Null if there is no such file. */
export interface OutputAnswer {
  readonly output: OutputTail | null
}
