import { isObject, parseJson } from '@hotcb/protocol'
import { schemaIssues } from '@hotcb/protocol/schemas'
import type { Context } from 'hono'
import * as v from 'valibot'
import { Problem } from './problem.ts'

/** Parses a request's query with a schema. */
export function readQuery(c: Context, schema: v.GenericSchema): Record<string, unknown> {
  const query: Record<string, unknown> = {}
  for (const [key, values] of Object.entries(c.req.queries())) query[key] = values.length === 1 ? values[0] : values
  return check(schema, query)
}

/** Parses a request's JSON body with a schema. Other content types are rejected, because forms on other origins can send those. */
export async function readBody(c: Context, schema: v.GenericSchema): Promise<Record<string, unknown>> {
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) {
    throw new Problem(400, 'bad_request', '`Content-Type` must be application/json')
  }
  const parsed = parseJson(await c.req.text(), { nan: 'refuse' })
  if (!parsed.ok) throw new Problem(400, 'bad_request', `the body is not JSON: ${parsed.reason}`)
  return check(schema, parsed.value)
}

/** Converts a query value that its schema has checked to a number. */
export function numberOf(value: unknown): number | undefined {
  return value === undefined || value === null || value === '' ? undefined : Number(value)
}

/** Returns one or more values of a query parameter as a list of strings. */
export function listOf(value: unknown): string[] {
  if (value === undefined) return []
  return (Array.isArray(value) ? value : [value]).map(String)
}

function check(schema: v.GenericSchema, value: unknown): Record<string, unknown> {
  const result = v.safeParse(schema, value)
  if (result.success && isObject(result.output)) return result.output
  const issues = schemaIssues(result.issues ?? [])
  const first = issues[0]
  throw new Problem(
    400,
    'bad_request',
    first === undefined ? 'expected an object' : `\`${first.path}\`: ${first.message}`,
    issues,
  )
}
