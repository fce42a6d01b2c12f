import { check, type ExprResult, type Program, parse } from '@hotcb/expr'
import { nearest } from '@hotcb/protocol'

/** Reads the expression of a `when` rule. */
export function parseWhen(text: string): ExprResult<Program> {
  return parse(text, { dialect: 'rule' })
}

/**
 * Returns why the text of a `when` rule cannot be used, in one line; null if it can. Names are checked later, once the run has reported
 * its metrics.
 */
export function whenProblem(text: string): string | null {
  const parsed = parseWhen(text)
  const [problem] = parsed.ok ? check(parsed.value, { nearest }) : [parsed.problem]
  return problem === undefined ? null : `\`when\`, at character ${problem.start + 1}: ${problem.message}`
}
