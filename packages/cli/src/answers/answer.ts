import type { Shape } from './shapes.ts'

/**
 * What a command prints with `--json`. It is the one source of the schema that `hotcb schema` prints, of the page
 * docs/json-answers.md, and of the checks in the tests.
 */
export interface CommandAnswer {
  /**
   * It is raised when a reader of the version before could fail: a key is removed, renamed, or becomes optional or null, or
   * a value gets another type or meaning. Keys and words of a list may be added without.
   */
  readonly version: number
  /** `one`: a single document. `lines`: one document per line, as many as there are. */
  readonly prints: 'one' | 'lines'
  /** The documents that a command can print. */
  readonly documents: readonly AnswerDocument[]
}

/** One kind of document. */
export interface AnswerDocument {
  /** When it is printed; empty for the only one. */
  readonly when: string
  readonly shape: Shape
}

/** A command without `--json`, and why. */
export interface WithoutAnswer {
  readonly without: string
}

/** An answer of one document. */
export function answer(version: number, shape: Shape): CommandAnswer {
  return { version, prints: 'one', documents: [{ when: '', shape }] }
}

/** An answer of one document, of several kinds. @param shapes By when they are printed. */
export function oneOf(version: number, shapes: Readonly<Record<string, Shape>>): CommandAnswer {
  return { version, prints: 'one', documents: documentsOf(shapes) }
}

/** A document for each line. @param shapes By when they are printed. */
export function lines(version: number, shapes: Readonly<Record<string, Shape>>): CommandAnswer {
  return { version, prints: 'lines', documents: documentsOf(shapes) }
}

function documentsOf(shapes: Readonly<Record<string, Shape>>): readonly AnswerDocument[] {
  return Object.entries(shapes).map(([when, shape]) => ({ when, shape }))
}

/** Whether a command answers in JSON. */
export function isAnswer(one: CommandAnswer | WithoutAnswer): one is CommandAnswer {
  return 'version' in one
}
