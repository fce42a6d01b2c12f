import type { CommandExample } from '@hotcb/protocol'
import type { Args, Values } from './arg.ts'
import type { TypedRequest } from './draft.ts'
import type { TypingFacts } from './run-facts.ts'

/** A command to a trainer: its arguments, help page and request. */
export interface Verb {
  readonly args: Args
  /** Paragraphs of the help page, after the summary. */
  readonly about: readonly string[]
  readonly examples: readonly CommandExample[]
  /** Converts the values that were typed to commands or a freeze. @throws CommandError */
  ask(values: Values, facts: TypingFacts): TypedRequest
}
