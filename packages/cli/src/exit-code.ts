/** The exit codes of commands, for scripts. */
export const EXIT = {
  /** The command was applied, or queued with `--no-wait`, or it only printed something. */
  done: 0,
  /** Refused or failed. */
  refused: 1,
  /** The command line was invalid; nothing was written. */
  usage: 2,
  /** Queued, but no trainer answered. */
  noAnswer: 3,
  /** Interrupted from the keyboard. */
  interrupted: 130,
} as const

export type ExitCode = number
