import { oneLine } from '@hotcb/protocol'
import { locate } from './locate.ts'

/** A problem of a recipe or an overlay, and its place. */
export interface RecipeProblem {
  readonly file: string
  /** From 1; null if the problem is not in a single line. */
  readonly line: number | null
  /** The field, such as `at.step`, the value and what would be right, in one line. */
  readonly reason: string
}

/** A problem in one line: `file:line: reason`. */
export function formatProblem({ file, line, reason }: RecipeProblem): string {
  return oneLine(line === null ? `${file}: ${reason}` : `${file}:${line}: ${reason}`)
}

/** A reason that begins with a field's path, as `` `patches.2.drop` must be … ``, with its file and line in front. */
export function withFileAndLine(reason: string, file: string, text: string): string {
  const [, path = ''] = /^`([^`]+)`/.exec(reason) ?? []
  return formatProblem({ file, line: locate(text, path), reason })
}
