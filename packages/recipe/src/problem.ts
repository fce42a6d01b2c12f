import { oneLine } from '@hotcb/protocol'
import { locate } from './locate.ts'

/** A problem in a recipe or an overlay, and its place. */
export interface RecipeProblem {
  readonly file: string
  /** The line, from 1; null if the problem is not in a single line. */
  readonly line: number | null
  /** One line that states the field, such as `at.step`, its value, and what would be valid. */
  readonly reason: string
}

/** Formats a problem as `file:line: reason`. */
export function formatProblem({ file, line, reason }: RecipeProblem): string {
  return oneLine(line === null ? `${file}: ${reason}` : `${file}:${line}: ${reason}`)
}

/** Prefixes file and line to a reason that begins with a field's path, such as `` `patches.2.drop` must be … ``. */
export function withFileAndLine(reason: string, file: string, text: string): string {
  const [, path = ''] = /^`([^`]+)`/.exec(reason) ?? []
  return formatProblem({ file, line: locate(text, path), reason })
}
