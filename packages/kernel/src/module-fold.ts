import type { ModuleTable } from '@hotcb/protocol'
import type { HistoryEntry } from '@hotcb/recipe'
import { ruleOf } from './op-rule.ts'

/**
 * Returns the ops in a module's history that still matter: those that no later op of the same id replaces.
 *
 * A module restores its state by repeating these ops, so replaced code does not run again.
 */
export function foldModuleOps(entries: readonly HistoryEntry[], table: ModuleTable): readonly HistoryEntry[] {
  const kept: HistoryEntry[] = []
  const replaced = new Set<string>()
  for (const entry of [...entries].reverse()) {
    const { module, id, op } = entry.op
    const handle = `${module}:${id}`
    if (replaced.has(`${handle}:${op}`)) continue
    kept.push(entry)
    const { replaces = [], history } = ruleOf(table, module, op) ?? {}
    for (const other of history === 'last-by-id' ? [...replaces, op] : replaces) replaced.add(`${handle}:${other}`)
  }
  return kept.reverse()
}
