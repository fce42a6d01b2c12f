import { type Json, type JsonObject, namePieces, nearest, selectNames, show } from '@hotcb/protocol'

/** One parameter of a built-in callback: its default, and how to read a value from a command. */
export interface Param<Value> {
  readonly value: Value
  /** A description of the valid values, for messages. */
  readonly right: string
  /** Converts a value; undefined if it is invalid. */
  read(value: Json): Value | undefined
}

/** The current values, and the two functions that a callback uses to expose them. */
export interface Params<Values> {
  readonly values: Readonly<Values>
  /** Sets all values or none. @throws TypeError with the parameter, the value, and what would be right. */
  set(params: JsonObject): void
  get(): JsonObject
}

type Specs = Readonly<Record<string, Param<unknown>>>
type ValuesOf<S extends Specs> = { [Name in keyof S]: S[Name] extends Param<infer Value> ? Value : never }

/**
 * Creates parameters from initial values, with defaults for the others.
 *
 * @throws TypeError for an unknown name or an invalid value.
 */
export function createParams<S extends Specs>(specs: S, init: Readonly<Record<string, unknown>>): Params<ValuesOf<S>> {
  const { id: _id, ...given } = init
  // Each spec's default has its type in `ValuesOf`.
  const values = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, spec.value])) as ValuesOf<S>

  function set(params: JsonObject): void {
    const read = Object.entries(params).map(([name, value]) => [name, readParam(specs, name, value)])
    Object.assign(values, Object.fromEntries(read))
  }

  set(given as JsonObject)
  // The cast is safe: `read` returns numbers, strings, booleans and lists of strings, which are all JSON.
  return { values, set, get: () => ({ ...values }) as JsonObject }
}

/** Creates a parameter: the number of steps between two actions; 0 turns them off. */
export function every(value: number): Param<number> {
  return { value, right: 'a whole number of steps, 0 for never', read: (given) => (isWhole(given) ? given : undefined) }
}

/** Creates a parameter: a whole number of at least `min`. */
export function count(value: number, min: number): Param<number> {
  const right = `a whole number >= ${min}`
  return { value, right, read: (given) => (isWhole(given) && given >= min ? given : undefined) }
}

/** Creates a parameter: a number >= 0, or null. */
export function limit(value: number | null): Param<number | null> {
  const isLimit = (given: Json): given is number | null => given === null || (typeof given === 'number' && given >= 0)
  return { value, right: 'a number >= 0, or null for none', read: (given) => (isLimit(given) ? given : undefined) }
}

/** Creates a parameter: a string. */
export function text(value: string): Param<string> {
  return { value, right: 'text', read: (given) => (typeof given === 'string' ? given : undefined) }
}

/** Creates a parameter: true or false. */
export function toggle(value: boolean): Param<boolean> {
  return { value, right: 'true or false', read: (given) => (typeof given === 'boolean' ? given : undefined) }
}

/** Creates a parameter: a list of strings. A single string with commas also counts as a list. */
export function names(value: readonly string[]): Param<readonly string[]> {
  return { value, right: 'a list of names, or names separated by commas', read: readNames }
}

/**
 * Creates a parameter: names of values, and patterns that select metrics (`selectNames` of `@hotcb/protocol`). A single
 * string with commas also counts as a list.
 */
export function selection(value: readonly string[]): Param<readonly string[]> {
  const right = 'a list of names and patterns such as `train/*`, or one string separated by commas'
  return { value, right, read: readSelection }
}

/** Creates a parameter: one of several words. */
export function word<Word extends string>(value: Word, words: readonly Word[]): Param<Word> {
  return { value, right: `one of ${words.join(', ')}`, read: (given) => words.find((one) => one === given) }
}

/** Whether a step is a multiple of `steps`; false if `steps` is 0. */
export function isTime(step: number, steps: number): boolean {
  return steps > 0 && step % steps === 0
}

function readParam(specs: Specs, name: string, value: Json): unknown {
  const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
  if (spec === undefined) {
    const known = Object.keys(specs)
    const near = nearest(name, known)
    const hint = near.length > 0 ? `did you mean \`${near.join('` or `')}\`?` : `choose from ${known.join(', ')}`
    throw new TypeError(`unknown parameter \`${name}\`: ${hint}`)
  }
  const read = spec.read(value)
  if (read === undefined) throw new TypeError(`\`${name}\` must be ${spec.right}, got ${show(value)}`)
  return read
}

function readNames(given: Json): readonly string[] | undefined {
  if (typeof given === 'string') {
    return given
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
  }
  if (!Array.isArray(given) || !given.every((name) => typeof name === 'string')) return undefined
  return [...given] as readonly string[]
}

function readSelection(given: Json): readonly string[] | undefined {
  const pieces = typeof given === 'string' ? namePieces(given) : readNames(given)
  return pieces !== undefined && selectNames('scalars', pieces).ok ? pieces : undefined
}

function isWhole(value: Json): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
