import * as v from 'valibot'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { record } from './every-key.ts'

/** A schema that parses unknown data as exactly `Type`. */
export type SchemaOf<Type> = v.GenericSchema<unknown, Type>

/**
 * Returns a schema unchanged if its output and `Type` are assignable to each other both ways, so the compiler reports
 * any difference between the hand-written interface and the schema.
 */
export function pinned<Type>(): <Schema extends v.GenericSchema<unknown, unknown>>(
  schema: Schema & Exactly<v.InferOutput<Schema>, Type>,
) => SchemaOf<Type> {
  // The cast is safe, because the parameter's type requires what the result's type declares.
  return (schema) => schema as unknown as SchemaOf<Type>
}

type Exactly<A, B> = [A] extends [B] ? ([B] extends [A] ? unknown : never) : never

/**
 * Creates a schema for a plain object, because valibot's own `object` accepts arrays as well. Unknown keys are dropped.
 */
export function plain<const Entries extends v.ObjectEntries>(entries: Entries): PlainSchema<Entries> {
  return v.pipe(v.unknown(), v.check(isObject, 'must be an object'), v.object(entries))
}

export type PlainSchema<Entries extends v.ObjectEntries> = v.SchemaWithPipe<
  readonly [v.UnknownSchema, v.CheckAction<unknown, 'must be an object'>, v.ObjectSchema<Entries, undefined>]
>

/** Creates a schema for a plain object that must not have other keys. */
export function strict<const Entries extends v.ObjectEntries>(entries: Entries): StrictSchema<Entries> {
  return v.pipe(v.unknown(), v.check(isObject, 'must be an object'), v.strictObject(entries))
}

export type StrictSchema<Entries extends v.ObjectEntries> = v.SchemaWithPipe<
  readonly [v.UnknownSchema, v.CheckAction<unknown, 'must be an object'>, v.StrictObjectSchema<Entries, undefined>]
>

export const text: v.StringSchema<undefined> = v.string()
export const flag: v.BooleanSchema<undefined> = v.boolean()
export const finite: v.GenericSchema<number> = v.pipe(v.number(), v.finite())
export const whole: v.GenericSchema<number> = v.pipe(v.number(), v.safeInteger())
export const count: v.GenericSchema<number> = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** A non-empty string. */
export const word: v.GenericSchema<string> = v.pipe(v.string(), v.minLength(1))

/** A string, or a finite number, which is converted to a string. */
export const name: v.GenericSchema<string | number, string> = v.pipe(v.union([v.string(), finite]), v.transform(String))

/** Any JSON; null if absent. It is not checked, because the output of a parser is JSON at every level. */
export const json: SchemaOf<Json> = v.pipe(
  v.nullish(v.unknown(), null),
  v.transform((value) => value as Json),
)

export const jsonObject: SchemaOf<JsonObject> = v.pipe(
  v.unknown(),
  v.check(isObject, 'must be an object'),
  record(v.string(), json),
)

/** Creates a schema for a field that may be absent or null; both are read as null. */
export function orNull<Schema extends v.GenericSchema<unknown, unknown>>(
  schema: Schema,
): v.NullishSchema<Schema, null> {
  return v.nullish(schema, null)
}

// A non-finite number is read as null; `v.number` would reject NaN.
const anyNumber: SchemaOf<number | null> = v.pipe(
  v.unknown(),
  v.transform((value) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value)),
  v.number(),
  v.transform((value) => (Number.isFinite(value) ? value : null)),
)

/** An element of a list or an object of numbers. Null and non-finite numbers are null. */
export const finiteOrNone: SchemaOf<number | null> = v.nullable(anyNumber)

/** A field that is a finite number; absent, null and non-finite numbers are null. */
export const lenient: v.NullishSchema<SchemaOf<number | null>, null> = v.nullish(anyNumber, null)

/** Creates a schema for a list of objects; an absent list and null are read as an empty list. */
export function list<Schema extends v.GenericSchema<unknown, unknown>>(
  schema: Schema,
): v.GenericSchema<unknown, readonly v.InferOutput<Schema>[]> {
  return v.nullish(v.pipe(v.array(schema), v.readonly()), [])
}

/** Numbers by name; non-finite numbers are null. */
export const values: SchemaOf<Readonly<Record<string, number | null>>> = v.pipe(
  v.unknown(),
  v.check(isObject, 'must be an object'),
  record(v.string(), finiteOrNone),
)

/** Numbers by name. */
export const numbers: SchemaOf<Readonly<Record<string, number>>> = v.pipe(
  v.unknown(),
  v.check(isObject, 'must be an object'),
  record(v.string(), finite),
)

/** Creates a schema for objects by name; an absent map and null are read as an empty map. */
export function map<Schema extends v.GenericSchema<unknown, unknown>>(
  schema: Schema,
): v.GenericSchema<unknown, Readonly<Record<string, v.InferOutput<Schema>>>> {
  return v.nullish(v.pipe(v.unknown(), v.check(isObject, 'must be an object'), record(v.string(), schema)), {})
}

export const texts: v.GenericSchema<unknown, readonly string[]> = v.pipe(v.array(v.string()), v.readonly())
export const jsons: v.GenericSchema<unknown, readonly Json[]> = v.pipe(v.array(json), v.readonly())
