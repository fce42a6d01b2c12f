import { join } from 'node:path'
import { replaceDocument } from '@hotcb/journal'
import { messageOf, ok, type Result, refused } from '@hotcb/protocol'
import { exportRecipe, historyOf } from '@hotcb/recipe'
import type { Run } from '@hotcb/run/node'

/** Exports a run's changes to a separate recipe. It never replaces a recipe that a person exported. Returns the file name. */
export function finalizeRecipe(run: Run, id: string): Result<string> {
  try {
    const table = run.modules()
    const lines = [...run.records('ledger')].map(({ value }) => value)
    const exported = exportRecipe(historyOf(lines, { table }), { table })
    if (!exported.ok) return refused(exported.reason)
    const { entries } = exported.value
    if (entries.length === 0) return refused('this run has no changes')
    const name = `hotcb.recipe.${id}.jsonl`
    replaceDocument(join(run.dir, name), entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    return ok(name)
  } catch (error) {
    return refused(messageOf(error))
  }
}
