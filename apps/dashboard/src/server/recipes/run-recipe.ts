import { join } from 'node:path'
import { createModuleTable, type Json, type ModuleTable, readModules, runFiles } from '@hotcb/protocol'
import { createHistory, exportRecipe, formatRecipe, type HistoryEntry } from '@hotcb/recipe'
import type { RunRecipe } from '../../shared/recipes.ts'
import { parseLine } from '../ledger-reader.ts'
import { Problem } from '../problem.ts'
import type { OpenRun } from '../run.ts'
import { batchesOf, followConfined } from '../run-files.ts'

/**
 * Exports a run's changes as a recipe, with the values before them. It reads the whole ledger, piece by piece.
 *
 * If the recipe would not reproduce the run, it is exported anyway, with a note, because people view and edit it.
 */
export async function readRunRecipe(run: OpenRun): Promise<RunRecipe> {
  const table = createModuleTable(readModules((await run.state()).modules))
  const history = createHistory({ table })
  const path = join(run.dir, runFiles.ledger)
  const tail = followConfined(path, run.roots)
  let garbage = 0
  try {
    for await (const { lines, oversized } of batchesOf(path, tail)) {
      garbage += oversized.length
      for (const { text } of lines) {
        const line = parseLine(text)
        if (line === undefined) garbage++
        else history.add(line)
      }
    }
  } finally {
    await tail.close()
  }
  const folded = history.history()
  const exported = exportRecipe(folded, { table, force: true })
  if (!exported.ok) throw new Problem(400, 'bad_request', exported.reason)
  const { entries, notes } = exported.value
  const lost = garbage === 0 ? [] : [`${garbage} malformed ledger lines are left out`]
  return { text: formatRecipe(entries), notes: [...lost, ...notes], starts: startsOf(folded.entries, table) }
}

function startsOf(entries: readonly HistoryEntry[], table: ModuleTable): Readonly<Record<string, number>> {
  const starts = new Map<string, number>()
  const seen = new Set<string>()
  for (const { op, old } of entries) {
    if (op.op !== 'set_params' || table.hasHandles(op.module)) continue
    for (const [key, value] of Object.entries(old ?? {})) {
      if (seen.has(key)) continue
      seen.add(key)
      const number = firstNumber(value)
      if (number !== undefined) starts.set(key, number)
    }
  }
  return Object.fromEntries(starts)
}

// With several parameter groups, the value is a list.
function firstNumber(value: Json): number | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'number' && Number.isFinite(first) ? first : undefined
}
