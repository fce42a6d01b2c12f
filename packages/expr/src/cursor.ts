import { END, readTokens, type Token } from './lexer.ts'
import { quote, stop } from './problem.ts'
import { type Dialect, MAX_NESTING, MAX_NODES, type Node, type TextSpan } from './types.ts'

/** The parser's position in the tokens, and the cost so far. */
export class Cursor {
  readonly text: string
  readonly dialect: Dialect
  readonly #tokens: readonly Token[]
  #at = 0
  #nodes = 0
  #depth = 0

  /** @throws Stopped */
  constructor(text: string, dialect: Dialect) {
    this.text = text
    this.dialect = dialect
    this.#tokens = readTokens(text)
  }

  peek(ahead = 0): Token {
    const { length } = this.text
    return this.#tokens[this.#at + ahead] ?? { kind: 'sign', text: END, start: length, end: length }
  }

  isSign(sign: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'sign' && token.text === sign
  }

  /** The next token's text if it is one of these signs. */
  signAmong<Sign extends string>(signs: readonly Sign[]): Sign | undefined {
    const token = this.peek()
    return token.kind === 'sign' ? signs.find((sign) => sign === token.text) : undefined
  }

  take(): Token {
    const token = this.peek()
    this.#at++
    return token
  }

  accept(sign: string): boolean {
    const is = this.isSign(sign)
    if (is) this.#at++
    return is
  }

  /** Reads a required sign. If the text ends before it, the problem is reported at `opened`. */
  expect(sign: string, opened?: TextSpan): TextSpan {
    if (!this.isSign(sign)) this.unexpected(`${quote(sign)} is missing`, opened)
    return this.take()
  }

  /** @throws Stopped */
  unexpected(wanted: string, opened?: TextSpan): never {
    const token = this.peek()
    if (!this.isSign(END)) {
      stop('syntax', `unexpected ${quote(this.text.slice(token.start, token.end))}: ${wanted}`, token)
    }
    return stop('syntax', `the expression ends too early: ${wanted}`, opened ?? token)
  }

  /** Counts a node of the tree. @throws Stopped when there are too many */
  made<Made extends Node>(node: Made): Made {
    this.#nodes++
    if (this.#nodes > MAX_NODES) stop('cost', `the expression has more than ${MAX_NODES} parts`, node)
    return node
  }

  /** Reads something one level deeper. @throws Stopped when that is too deep */
  nested<Given>(read: (cursor: Cursor) => Given): Given {
    this.#depth++
    if (this.#depth > MAX_NESTING) stop('cost', `the expression is nested more than ${MAX_NESTING} deep`, this.peek())
    const given = read(this)
    this.#depth--
    return given
  }
}
