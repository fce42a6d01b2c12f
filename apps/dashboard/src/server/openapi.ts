import { toJsonSchema } from '@valibot/to-json-schema'
import type { GenericSchema } from 'valibot'
import { PAGES } from './openapi-paths.ts'
import type { Right } from './roles.ts'
import { ErrorSchema } from './schemas.ts'

/** One API operation, with its description in the OpenAPI document. */
export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  readonly path: string
  /** The required right. A command or a document may require a higher one; see `rightOf`. */
  readonly right: Right
  readonly summary: string
  readonly query?: GenericSchema
  readonly body?: GenericSchema
  readonly answer?: GenericSchema
  /** Content type of the answer. Default `application/json`. */
  readonly type?: string
}

/** Builds the OpenAPI document from the schemas that check the requests. */
export function openApi(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of PAGES) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'hotcb dashboard',
      version,
      description: 'Reads runs and appends commands. The answer to a command is its cid; the outcome is in the ledger.',
    },
    security: [{}, { bearer: [] }],
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: plain(ErrorSchema) },
    },
    paths,
  }
}

function describe({ path, right, summary, query, body, answer, type = 'application/json' }: Operation): unknown {
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => {
      return { name, in: 'path', required: true, schema: { type: 'string' } }
    }),
    ...(query === undefined ? [] : queryParameters(query)),
  ]
  return {
    summary,
    'x-right': right,
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: plain(body) } } },
    }),
    responses: {
      200: { description: 'ok', content: { [type]: { schema: answer === undefined ? {} : plain(answer) } } },
      default: {
        description: 'an error',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
}

function queryParameters(query: GenericSchema): unknown[] {
  const { properties = {}, required = [] } = plain(query)
  return Object.entries(properties).map(([name, schema]) => {
    return { name, in: 'query', required: required.includes(name), schema }
  })
}

// JSON Schema cannot express these checks; the protocol's readers make them.
const CHECKS = ['check', 'finite', 'readonly', 'transform']

function plain(schema: GenericSchema): { properties?: Record<string, unknown>; required?: string[] } {
  const { $schema: _, ...rest } = toJsonSchema(schema, {
    typeMode: 'ignore',
    errorMode: 'ignore',
    ignoreActions: CHECKS,
  })
  // Every remaining schema is an object schema.
  return rest as { properties?: Record<string, unknown>; required?: string[] }
}
