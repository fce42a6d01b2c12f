import type { JsonObject } from '@hotcb/protocol'
import type { ToolClass } from '../types.ts'

/** A tool argument. The JSON Schema and the reader are derived from it. */
export interface ArgumentSpec {
  readonly kind: 'whole' | 'wholes' | 'number' | 'text' | 'flag' | 'word' | 'object'
  readonly about: string
  readonly optional?: true
  readonly least?: number
  readonly most?: number
  readonly words?: readonly string[]
}

/** A function that a model may call. */
export interface ToolSpec {
  readonly name: string
  /** The least restrictive class that a call can have. Its arguments may raise it to a more restrictive one. */
  readonly class: ToolClass
  readonly about: string
  readonly args: Readonly<Record<string, ArgumentSpec>>
}

const TYPES: Readonly<Record<ArgumentSpec['kind'], JsonObject>> = {
  whole: { type: 'integer' },
  wholes: { type: 'array', items: { type: 'integer' } },
  number: { type: 'number' },
  text: { type: 'string' },
  flag: { type: 'boolean' },
  word: { type: 'string' },
  object: { type: 'object' },
}

/** Returns a tool's arguments as JSON Schema. */
export function schemaOf({ args }: ToolSpec): JsonObject {
  const entries = Object.entries(args)
  return {
    type: 'object',
    properties: Object.fromEntries(
      entries.map(([name, { kind, about, words, least, most }]) => [
        name,
        {
          ...TYPES[kind],
          description: about,
          ...(words !== undefined && { enum: [...words] }),
          ...(least !== undefined && kind !== 'wholes' && { minimum: least }),
          ...(most !== undefined && kind !== 'wholes' && { maximum: most }),
        },
      ]),
    ),
    required: entries.filter(([, { optional }]) => optional !== true).map(([name]) => name),
    additionalProperties: false,
  }
}
