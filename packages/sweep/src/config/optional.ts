import type { Field } from './field-reader.ts'

/** Returns an optional field; null means that it is missing. */
export function optional(fields: ReadonlyMap<string, Field>, name: string): Field | undefined {
  const field = fields.get(name)
  if (field === undefined) return undefined
  const { node } = field
  const isNull = node.kind === 'scalar' && node.isPlain && /^(~|null|Null|NULL|)$/.test(node.text)
  return isNull ? undefined : field
}
