import type { ReadCommand } from './command.ts'

/** A task to execute now. */
export interface Task {
  readonly command: ReadCommand
  /**
   * Whether its command was already acked but is not in the restored state. Such a task is re-applied, but not acked
   * again.
   */
  readonly again: boolean
  /** Whether its arguments are already the result of the validator. */
  readonly checked: boolean
}

/** Returns the identity of a command. */
export function keyOf(command: Pick<ReadCommand, 'id'>): string {
  return String(command.id)
}
