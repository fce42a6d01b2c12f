import { toJsonSchema } from '@valibot/to-json-schema'
import type { CommandAnswer } from './answer.ts'
import type { Shape } from './shapes.ts'

/** A JSON Schema, or a part of one. */
export interface JsonSchema {
  readonly description?: string
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
  readonly not?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
}

/** Returns the shape as JSON Schema. */
export function jsonSchemaOf(shape: Shape): JsonSchema {
  const { $schema: _, ...rest } = toJsonSchema(shape)
  // Shapes consist of the few kinds of schemas in `shapes.ts`.
  return rest as JsonSchema
}

/** Returns the JSON Schema of a document, or of each line, that a command prints. */
export function answerSchema(command: string, { version, prints, documents }: CommandAnswer): object {
  const schemas = documents.map(({ when, shape }) => ({
    ...(when !== '' && { description: when }),
    ...jsonSchemaOf(shape),
  }))
  const [only] = schemas
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:hotcb:answer:${command.replaceAll(/[^a-z]+/g, '-')}:${version}`,
    title: `hotcb ${command} --json, version ${version}: ${prints === 'one' ? 'one document' : 'one document per line'}`,
    ...(schemas.length === 1 ? only : { anyOf: schemas }),
  }
}
