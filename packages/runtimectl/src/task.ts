import type { ReadCommand } from './command.ts'

/** A task to execute now. */
export interface Task {
  readonly command: ReadCommand
  /** It was acked before, and the restored state does not contain it: it is re-applied, and not acked again. */
  readonly again: boolean
  /** The arguments are the result of its validator. */
  readonly checked: boolean
}

/** The identity of a command. */
export function keyOf(command: Pick<ReadCommand, 'id'>): string {
  return String(command.id)
}
