import { FieldReader } from './fields.ts'
import { isObject, show } from './json.ts'
import type { Result } from './result.ts'

/** One line of `hotcb.features.jsonl`: activations of one layer, samples in rows. Non-finite values are null. */
export interface FeatureRecord {
  readonly step: number
  readonly layer_name: string
  readonly activations: readonly (readonly (number | null)[])[]
}

/**
 * Reads a feature record; hotcb 2's demos write `layer` for `layer_name`.
 *
 * The reader is hand-written and does not use the schema, because programs follow thousands of these lines as they are
 * written.
 */
export function readFeatureRecord(value: unknown): Result<FeatureRecord> {
  const fields = new FieldReader(value, 'a feature record')
  const rows = isObject(value) ? value['activations'] : undefined
  if (!isRows(rows)) fields.refuse(`\`activations\` must be a list of rows of numbers, got ${show(rows)}`)
  return fields.result({
    step: fields.whole('step'),
    layer_name: fields.text(fields.has('layer_name') ? 'layer_name' : 'layer'),
    activations: isRows(rows) ? rows.map((row) => row.map((item) => (Number.isFinite(item) ? item : null))) : [],
  })
}

/** Formats one line of `hotcb.features.jsonl`, ended by `\n`. Non-finite values become null. */
export function formatFeatureRecord({ step, layer_name, activations }: FeatureRecord): string {
  return `${JSON.stringify({ step, layer_name, activations })}\n`
}

function isRows(value: unknown): value is readonly (readonly (number | null)[])[] {
  return Array.isArray(value) && value.every((row) => Array.isArray(row) && row.every(isNumberOrNull))
}

function isNumberOrNull(value: unknown): boolean {
  return value === null || typeof value === 'number'
}
