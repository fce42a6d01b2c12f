import type { Field } from './field-reader.ts'

/** An optional field; null means missing. */
export function optional(fields: ReadonlyMap<string, Field>, name: string): Field | undefined {
  const field = fields.get(name)
  if (field === undefined) return undefined
  const { node } = field
  const isNull = node.kind === 'scalar' && node.isPlain && /^(~|null|Null|NULL|)$/.test(node.text)
  return isNull ? undefined : field
}
