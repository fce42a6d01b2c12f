import type { Json } from '@hotcb/protocol'
import type { RecipeDifference } from './diff-recipes.ts'
import { describeEntry } from './preview.ts'

/** A difference between two recipes, formatted as text. */
export interface DifferenceText {
  /** The place, such as `step 40 train_step_end`. */
  readonly where: string
  /** The entry as it is typed; for a changed entry only its module, op and id. */
  readonly what: string
  /** One string for each changed field, such as `at.step 40 → 60`; empty for added and removed entries. */
  readonly changes: readonly string[]
}

/** @param options How values are formatted, and the arrow between them. */
export function describeDifference(
  { kind, before, after, fields }: RecipeDifference,
  { show, arrow = '→' }: { readonly show: (value: Json) => string; readonly arrow?: string },
): DifferenceText {
  const entry = after ?? before
  if (entry === null) return { where: '', what: '', changes: [] }
  const { step, event } = entry.at
  const handle = [entry.module, entry.op, ...(entry.id === 'main' ? [] : [entry.id])].join(' ')
  const value = (one: Json | undefined): string => (one === undefined ? 'none' : show(one))
  return {
    where: `step ${step}${event === null ? '' : ` ${event}`}`,
    what: kind === 'changed' ? handle : describeEntry(entry),
    changes: fields.map(({ path, before: was, after: is }) => `${path} ${value(was)} ${arrow} ${value(is)}`),
  }
}
