import { oneLine } from '@hotcb/protocol'
import { locate } from './locate.ts'

/** What is wrong with a recipe or an overlay, and where. */
export interface Problem {
  readonly file: string
  /** From 1; null where a problem has no line of its own. */
  readonly line: number | null
  /** The field, as `at.step`, the value got and what would be right, in one line. */
  readonly reason: string
}

/** A problem in one line: `file:line: reason`. */
export function formatProblem({ file, line, reason }: Problem): string {
  return oneLine(line === null ? `${file}: ${reason}` : `${file}:${line}: ${reason}`)
}

/** A reason that begins with a field's path, as `` `patches.2.drop` must be … ``, with its file and line in front. */
export function located(reason: string, file: string, text: string): string {
  const [, path = ''] = /^`([^`]+)`/.exec(reason) ?? []
  return formatProblem({ file, line: locate(text, path), reason })
}
