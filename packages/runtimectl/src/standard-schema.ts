/**
 * A schema from any library that implements Standard Schema v1 (valibot, zod, arktype): the part that is used here.
 *
 * @see https://standardschema.dev
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

/** The result of a schema for a value. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardSchemaIssue[] }

/** One problem, and its path. */
export interface StandardSchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Checks and converts a value with a schema. Throws an error that lists all problems in one line. */
export function checkSchema<Output>(schema: StandardSchema<Output>, value: unknown): Output {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) {
    // The promise is not awaited, and its rejection must not stop the training.
    result.catch(() => undefined)
    throw new TypeError('`schema` checks asynchronously: a control needs a synchronous one')
  }
  if (result.issues === undefined) return result.value
  throw new TypeError(result.issues.map(describe).join('; ') || '`schema` rejects the value')
}

function describe({ message, path = [] }: StandardSchemaIssue): string {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part))
  return keys.length === 0 ? message : `\`${keys.join('.')}\`: ${message}`
}
