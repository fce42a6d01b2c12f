import * as v from 'valibot'
import { show } from '../json.ts'
import { ok, type Result, refused } from '../result.ts'

/** A problem in a value, and its path, such as `actuators.opt.enabled`. An empty path means the value itself. */
export interface SchemaIssue {
  readonly path: string
  readonly message: string
}

/**
 * Parses a document that is read too rarely to need a hand-written reader: configuration, memories, summaries.
 *
 * @returns The document, or one line that states the first invalid field, what would be valid, and what was found.
 */
export function readBySchema<Type>(schema: v.GenericSchema<unknown, Type>, value: unknown): Result<Type> {
  const read = v.safeParse(schema, value)
  if (read.success) return ok(read.output)
  const [first] = schemaIssues(read.issues)
  if (first === undefined || first.path === '') return refused(first?.message ?? `no such document: ${show(value)}`)
  return refused(`\`${first.path}\`: ${first.message}`)
}

/** Converts the problems that valibot found to paths and messages: at most 20, each message at most 300 characters. */
export function schemaIssues(issues: readonly v.BaseIssue<unknown>[]): readonly SchemaIssue[] {
  return issues.slice(0, 20).map((issue) => ({
    path: v.getDotPath(issue) ?? '',
    message: issue.message.slice(0, 300),
  }))
}
