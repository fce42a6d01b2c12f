import { type ControlDescription, type RecipeEntry, show } from '@hotcb/protocol'

/**
 * Returns a note for a hotcb 2 recipe from a run whose parameter groups have different rates: in hotcb 2, `lr` sets every group to the
 * same value, whereas this kernel keeps their ratios. Returns no note if all rates are equal.
 */
export function groupNotes(
  entries: readonly RecipeEntry[],
  controls: readonly ControlDescription[],
): readonly string[] {
  const rates = controls.find(({ param_key: key }) => key === 'lr')?.groups?.map(({ value }) => value) ?? []
  if (rates.every((rate) => rate === rates[0])) return []
  if (!entries.some(({ op, params }) => op === 'set_params' && Object.hasOwn(params ?? {}, 'lr'))) return []
  const why = 'hotcb 2 sets every group to the `lr` in an entry'
  return [`the parameter groups of this run have different rates, most recently ${show(rates)}: ${why}`]
}
