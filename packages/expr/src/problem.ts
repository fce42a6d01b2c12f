import type { ExprProblem, ExprResult, ProblemCode, TextSpan } from './types.ts'

/** Ends reading or evaluating; caught at the surface. No Error: it needs no stack, and rules are evaluated at every step. */
export class Stopped {
  readonly problem: ExprProblem

  constructor(code: ProblemCode, message: string, { start, end }: TextSpan) {
    this.problem = { code, message, start, end }
  }
}

/** Runs `work`; what {@link stop} ended becomes a problem. */
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

/** A piece of a text in a message, in backquotes. */
export function quote(text: string): string {
  return `\`${visible(text)}\``
}

/** One line of printable ASCII, of bounded length: nothing that a message quotes may control a terminal. */
export function visible(text: string): string {
  const cut = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text
  return cut.replace(/[^\x20-\x7e…]/g, escaped)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Where an expression begins in a file; line and column count from 1. */
export interface Origin {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** `rules.yaml:14:22: no metric …`: a problem with its place in the file that holds the expression. */
export function formatExprProblem(problem: ExprProblem, text: string, origin: Origin): string {
  const before = text.slice(0, problem.start).split('\n')
  const last = before.at(-1) ?? ''
  const line = origin.line + before.length - 1
  const column = (before.length === 1 ? origin.column : 1) + last.length
  return `${origin.file}:${line}:${column}: ${problem.message}`
}
