import type { HistoryEntry } from '@hotcb/recipe'

/**
 * The ops of a module's history that still matter: of each handle, what came before its last unload is gone, of several
 * loads only the last counts, and the last of enable and disable.
 *
 * A module folds by doing these again, so code that was replaced is not run once more.
 */
export function foldModuleOps(entries: readonly HistoryEntry[]): readonly HistoryEntry[] {
  const kept: HistoryEntry[] = []
  const seen = new Map<string, Set<string>>()
  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i]
    if (entry === undefined) continue
    const { module, id, op } = entry.op
    const handle = `${module}:${id}`
    const said = seen.get(handle) ?? new Set<string>()
    seen.set(handle, said)
    if (said.has('unload') || (op === 'load' && said.has('load'))) continue
    const isSwitch = op === 'enable' || op === 'disable'
    if (isSwitch && said.has('switch')) continue
    // A load says itself whether it is enabled.
    if (isSwitch && said.has('load')) continue
    said.add(isSwitch ? 'switch' : op)
    kept.push(entry)
  }
  return kept.reverse()
}
