import type { ReadCommand } from './command.ts'

/** Something to be done now. */
export interface Task {
  readonly command: ReadCommand
  /** It was acked before, and the state that was restored does not hold it: it is done again, and not acked again. */
  readonly again: boolean
  /** The arguments stand as its validator gave them. */
  readonly checked: boolean
}

/** What a command is known by. */
export function keyOf(command: Pick<ReadCommand, 'id'>): string {
  return String(command.id)
}
