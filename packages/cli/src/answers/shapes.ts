import * as v from 'valibot'

/** The shape of a JSON value: a valibot schema without transformations. Readers ignore keys that they do not know. */
export type Shape = v.GenericSchema

export const text: Shape = v.string()
export const flag: Shape = v.boolean()
export const number: Shape = v.number()
export const whole: Shape = v.pipe(v.number(), v.integer())
/** Any JSON value. */
export const anything: Shape = v.unknown()
/** An object whose keys depend on the run. */
export const facts: Shape = v.record(v.string(), v.unknown())
export const textOrNull: Shape = v.nullable(text)
export const numberOrNull: Shape = v.nullable(number)
export const wholeOrNull: Shape = v.nullable(whole)
export const factsOrNull: Shape = v.nullable(facts)
export const texts: Shape = v.array(text)
export const wholes: Shape = v.array(whole)

/** Describes an object with these keys. A key whose shape is {@link maybe} may be absent. */
export function object(entries: Readonly<Record<string, Shape>>): Shape {
  return v.object(entries)
}

/** Describes an object with any keys, whose values all have this shape. */
export function byName(shape: Shape): Shape {
  return v.record(v.string(), shape)
}

export function list(shape: Shape): Shape {
  return v.array(shape)
}

export function orNull(shape: Shape): Shape {
  return v.nullable(shape)
}

/** Describes an object with any keys except this one. */
export function without(key: string): Shape {
  return v.looseObject({ [key]: v.optional(v.never()) })
}

/** Describes a key that may be absent. */
export function maybe(shape: Shape): Shape {
  return v.optional(shape)
}

/** Describes one of these words. Later versions may have more. */
export function word(...words: readonly string[]): Shape {
  return v.picklist(words)
}

/** Adds a meaning to a shape. */
export function means(shape: Shape, meaning: string): Shape {
  return v.pipe(shape, v.description(meaning))
}

/** Always null. */
export const nothing: Shape = v.null()
