import type { ExprProblem, ExprResult, ProblemCode, TextSpan } from './types.ts'

/**
 * Thrown to stop parsing or evaluation, and caught by the public functions. It is not an `Error`, because it needs no
 * stack trace, and rules are evaluated at every step.
 */
export class Stopped {
  readonly problem: ExprProblem

  constructor(code: ProblemCode, message: string, { start, end }: TextSpan) {
    this.problem = { code, message, start, end }
  }
}

/** Runs `work`, and converts a {@link Stopped} to a problem. */
export function contained<Given>(work: () => Given): ExprResult<Given> {
  try {
    return { ok: true, value: work() }
  } catch (thrown) {
    if (thrown instanceof Stopped) return { ok: false, problem: thrown.problem }
    throw thrown
  }
}

/** @throws Stopped */
export function stop(code: ProblemCode, message: string, span: TextSpan): never {
  throw new Stopped(code, message, span)
}

const LONGEST_QUOTE = 60

/** Quotes a piece of text in backquotes for a message. */
export function quote(text: string): string {
  return `\`${visible(text)}\``
}

/**
 * Converts text to one line of printable ASCII of bounded length, so that quoted text in a message cannot control a
 * terminal.
 */
export function visible(text: string): string {
  const cut = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text
  return cut.replace(/[^\x20-\x7e…]/g, escaped)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Where an expression begins in a file; line and column are counted from 1. */
export interface Origin {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Formats a problem with its place in the file that contains the expression: `rules.yaml:14:22: no metric …`. */
export function formatExprProblem(problem: ExprProblem, text: string, origin: Origin): string {
  const before = text.slice(0, problem.start).split('\n')
  const last = before.at(-1) ?? ''
  const line = origin.line + before.length - 1
  const column = (before.length === 1 ? origin.column : 1) + last.length
  return `${origin.file}:${line}:${column}: ${problem.message}`
}
