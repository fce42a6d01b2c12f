import {
  BUILT_IN_TABLE,
  type Json,
  type LedgerLine,
  type ModuleTable,
  ok,
  oneLine,
  type RecipeEntry,
  type Result,
  refused,
} from '@hotcb/protocol'
import { compatible } from './compat.ts'
import type { History, HistoryEntry } from './history.ts'
import { historyOf } from './history-builder.ts'
import { compareEntries } from './place.ts'

export interface ExportOptions {
  /** First step to include. @defaultValue -1, which includes entries before step 0 */
  readonly from?: number
  /** Last step to include. */
  readonly to?: number
  /** Modules to include; absent: all. */
  readonly modules?: readonly string[]
  /**
   * Whether the recipe is for hotcb 2's own tools, and so has only ops and modules that they support. @defaultValue
   * false
   */
  readonly compat?: boolean
  /** Whether to export even a run that cannot be reproduced. @defaultValue false */
  readonly force?: boolean
  /** The run's modules. @defaultValue the built-in ones */
  readonly table?: ModuleTable
}

/** A recipe that was exported from a run. */
export interface ExportedRecipe {
  readonly entries: readonly RecipeEntry[]
  /** Notes on what was left out or changed, one line each. */
  readonly notes: readonly string[]
}

/**
 * Exports a recipe from a run: every applied change in its history, in order. The ops of modules that act through other
 * modules, such as the tuner, are left out, because the recipe contains their effects.
 *
 * A run that loaded a checkpoint whose save is not part of its history cannot be reproduced from its changes. Unless
 * `force` is set, such a run is rejected, and the reason names the seq of the load.
 *
 * @param source The lines of a ledger, or the history folded from them.
 */
export function exportRecipe(
  source: Iterable<LedgerLine> | History,
  options: ExportOptions = {},
): Result<ExportedRecipe> {
  const { from = -1, to = Number.POSITIVE_INFINITY, modules, compat = false, force = false } = options
  const { table = BUILT_IN_TABLE } = options
  const history = isHistory(source) ? source : historyOf(source, { table })
  const notes: string[] = []
  const foreign = history.loads.find((load) => !load.replayable)
  if (foreign !== undefined) {
    const what = `seq ${foreign.seq} loads checkpoint ${foreign.tag === null ? '' : `\`${foreign.tag}\` `}`
    const why = `${what}whose save is not in this run's history: the recipe would not reproduce the run`
    if (!force) return refused(`${why}; use \`--force\` to export it anyway`)
    notes.push(why)
  }
  const all = [...history.entries, ...history.calls]
  // If steps went back, only ledger order is meaningful.
  all.sort(history.wentBack ? (a, b) => a.seq - b.seq : compareEntries)
  const lost = new Set<string>()
  const asked = all.filter((entry) => {
    if (table.history(entry.op.module, entry.op.op) === 'none') return false
    if (isOfLostCallback(entry, table, { lost, notes })) return false
    const isAsked = entry.step >= from && entry.step <= to && (modules?.includes(entry.op.module) ?? true)
    return isAsked && !isNoNumber(entry, table, notes)
  })
  const entries = asked.map(entryOf)
  const exported = compat ? compatible(asked, entries, notes) : { entries, notes }
  // Notes quote names from the ledger, which may contain control characters.
  return ok({ entries: exported.entries, notes: exported.notes.map((note) => oneLine(note)) })
}

// hotcb 2's ledger contains the source of a loaded callback but not its target, so the callback cannot be loaded again.
function isOfLostCallback(
  { seq, step, isForeign, op }: HistoryEntry,
  table: ModuleTable,
  { lost, notes }: { readonly lost: Set<string>; readonly notes: string[] },
): boolean {
  if (!table.hasHandles(op.module)) return false
  if (op.op === 'load') {
    if (!isForeign || op.target) lost.delete(op.id)
    else {
      lost.add(op.id)
      notes.push(
        `step ${step}, seq ${seq}: callback \`${op.id}\` is left out: its kernel did not record where it was loaded from`,
      )
    }
  }
  return lost.has(op.id)
}

// hotcb 2's kernel sets NaN and infinities on request; our kernel and recipes reject them.
function isNoNumber({ seq, step, isForeign, op }: HistoryEntry, table: ModuleTable, notes: string[]): boolean {
  if (!isForeign || table.hasHandles(op.module) || op.op !== 'set_params') return false
  const key = Object.entries(op.params ?? {}).find(([, value]) => value === null || !isFiniteValue(value))?.[0]
  if (key === undefined) return false
  notes.push(`step ${step}, seq ${seq}: left out: \`${key}\` was set to NaN or an infinity`)
  return true
}

function isFiniteValue(value: Json): boolean {
  return typeof value !== 'number' || Number.isFinite(value)
}

function isHistory(source: Iterable<LedgerLine> | History): source is History {
  return 'loads' in source
}

function entryOf({ seq, step, call, after, end, isForeign, event, op }: HistoryEntry): RecipeEntry {
  const { module, id, params, target, init, enabled, source_capture } = op
  return {
    // hotcb 2 uses `unknown` if the trainer passes no event.
    at: isForeign
      ? { step, event: event === 'unknown' ? null : event }
      : { step, event, call, ...(after && { after }), ...(end && { end }) },
    module,
    op: op.op,
    id,
    ...(params !== null && { params }),
    // Objects of the wire format have these shapes.
    ...(target && { target: { ...target } }),
    ...(init && { init }),
    ...(typeof enabled === 'boolean' && { enabled }),
    ...(source_capture && { source_capture: { ...source_capture } }),
    seq,
  }
}
