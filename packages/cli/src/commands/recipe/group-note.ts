import { type ControlDescription, type RecipeEntry, show } from '@hotcb/protocol'

/**
 * What to know of a recipe for hotcb 2 whose run has parameter groups with rates of their own: there `lr` sets every group to
 * the one value, where our kernel keeps their ratios. None where all rates are the same.
 */
export function groupNotes(
  entries: readonly RecipeEntry[],
  controls: readonly ControlDescription[],
): readonly string[] {
  const rates = controls.find(({ param_key: key }) => key === 'lr')?.groups?.map(({ value }) => value) ?? []
  if (rates.every((rate) => rate === rates[0])) return []
  if (!entries.some(({ op, params }) => op === 'set_params' && Object.hasOwn(params ?? {}, 'lr'))) return []
  const why = 'hotcb 2 sets every group to the `lr` of an entry'
  return [`the parameter groups of this run have different rates, at last ${show(rates)}: ${why}`]
}
