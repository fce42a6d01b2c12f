import type { Shape } from './shapes.ts'

/**
 * The output of a command with `--json`. The schema that `hotcb schema` prints, docs/json-answers.md and the checks in the tests are all
 * derived from it.
 */
export interface CommandAnswer {
  /**
   * It increases when a change could break code that reads the previous version: a key is removed, is renamed, or becomes optional or
   * nullable, or the type or meaning of a value changes. New keys and new words in a list do not increase it.
   */
  readonly version: number
  /** `one`: a single document. `lines`: any number of documents, one per line. */
  readonly prints: 'one' | 'lines'
  /** The documents that a command can print. */
  readonly documents: readonly AnswerDocument[]
}

/** One kind of document. */
export interface AnswerDocument {
  /** When it is printed; empty if it is the only document. */
  readonly when: string
  readonly shape: Shape
}

/** A command without a `--json` flag, and the reason why it has none. */
export interface WithoutAnswer {
  readonly without: string
}

/** Creates an answer that consists of one document. */
export function answer(version: number, shape: Shape): CommandAnswer {
  return { version, prints: 'one', documents: [{ when: '', shape }] }
}

/** Creates an answer that is one of several documents. @param shapes The shapes, keyed by the case in which each is printed. */
export function oneOf(version: number, shapes: Readonly<Record<string, Shape>>): CommandAnswer {
  return { version, prints: 'one', documents: documentsOf(shapes) }
}

/** Creates an answer with one document per line. @param shapes The shapes, keyed by the case in which each is printed. */
export function lines(version: number, shapes: Readonly<Record<string, Shape>>): CommandAnswer {
  return { version, prints: 'lines', documents: documentsOf(shapes) }
}

function documentsOf(shapes: Readonly<Record<string, Shape>>): readonly AnswerDocument[] {
  return Object.entries(shapes).map(([when, shape]) => ({ when, shape }))
}

/** Whether a command can print JSON. */
export function isAnswer(one: CommandAnswer | WithoutAnswer): one is CommandAnswer {
  return 'version' in one
}
