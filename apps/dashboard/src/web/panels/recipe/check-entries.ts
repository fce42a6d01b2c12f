import { createModuleTable, type RecipeEntry, readModules } from '@hotcb/protocol'
import { fitRecipe, type RunControls, runControlsOf } from '@hotcb/recipe'
import type { RunDetail } from '../../../shared/wire.ts'

/** Returns the controls and modules that entries are checked against; null if the run has not described any yet. */
export function controlsOf(detail: RunDetail | undefined, entries: readonly RecipeEntry[]): RunControls | null {
  if (detail === undefined) return null
  const table = createModuleTable(readModules(detail.modules))
  return runControlsOf({ controls: detail.controls, modules: detail.state?.modules, table }, entries)
}

/** Why an entry does not match the run, by its index. */
export function problemsOf(
  entries: readonly RecipeEntry[],
  detail: RunDetail | undefined,
): ReadonlyMap<number, string> {
  return new Map(fitRecipe(entries, controlsOf(detail, entries)).map(({ index, reason }) => [index, reason]))
}
