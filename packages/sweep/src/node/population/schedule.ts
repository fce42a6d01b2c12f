import { join } from 'node:path'
import type { RecipeEntry } from '@hotcb/protocol'
import { exportRecipe, historyOf } from '@hotcb/recipe'
import type { Fold, TrialRecord } from '../../journal/fold.ts'
import type { Outcome } from '../../plan/outcome.ts'
import { type ExploitEvidence, readExploit } from './evidence.ts'
import { isLoad, type MemberLedger, readMemberLedger } from './member-ledger.ts'

/** A part of a lineage: one trial's history between two checkpoints. */
export interface LineagePart {
  readonly trial: number
  /** The part starts after this ledger line; 0: at the start of the ledger. */
  readonly after: number
  /** The part ends with this ledger line; null: at the end of the ledger. */
  readonly upTo: number | null
  /** The step at which the part starts. */
  readonly from: number
}

/** The history that led to a trial's weights, as a single recipe. */
export interface Schedule {
  /** The trial whose overrides the training run starts with. */
  readonly root: TrialRecord
  /** From the root to the trial. */
  readonly lineage: readonly LineagePart[]
  readonly entries: readonly RecipeEntry[]
  readonly notes: readonly string[]
}

/** Joins the changes along a trial's lineage: the trials whose checkpoints it continued from. */
export function scheduleOf(fold: Fold, results: string, trial: number): Outcome<Schedule> {
  const ledgers = new Map<number, MemberLedger>()
  const ledgerOf = (i: number): MemberLedger => {
    const ledger = ledgers.get(i) ?? readMemberLedger(join(results, String(i)))
    ledgers.set(i, ledger)
    return ledger
  }
  const loads = exploitsByCid(fold)
  const lineage: LineagePart[] = []
  let at: { readonly trial: number; readonly upTo: number | null } | null = { trial, upTo: null }
  while (at !== null) {
    const part: { readonly trial: number; readonly upTo: number | null } = at
    const load = linesUpTo(ledgerOf(part.trial), part.upTo).findLast(isLoad)
    const step = load?.payload?.['step']
    lineage.unshift({ ...part, after: load?.seq ?? 0, from: typeof step === 'number' ? step : 0 })
    if (load === undefined) break
    const exploit = load.cid === null ? undefined : loads.get(load.cid)
    if (exploit === undefined) {
      const what = `seq ${load.seq} of trial ${part.trial} loads a checkpoint that was not copied by the sweep`
      return { ok: false, message: `${what}, so its schedule would not reproduce the result` }
    }
    at = { trial: exploit.from, upTo: exploit.seq }
  }
  const root = fold.trials.get(lineage[0]?.trial ?? trial)
  if (root === undefined) return { ok: false, message: `no trial ${trial}` }
  const { entries, notes } = joined(lineage, ledgerOf)
  return { ok: true, value: { root, lineage, entries, notes } }
}

function exploitsByCid({ decisions }: Fold): ReadonlyMap<string, ExploitEvidence> {
  const exploits = [...decisions.values()].flatMap((decision) => readExploit(decision) ?? [])
  return new Map(exploits.map((exploit) => [exploit.cid, exploit]))
}

function linesUpTo({ lines }: MemberLedger, upTo: number | null): MemberLedger['lines'] {
  return upTo === null ? lines : lines.filter(({ seq }) => seq <= upTo)
}

function joined(
  lineage: readonly LineagePart[],
  ledgerOf: (i: number) => MemberLedger,
): Pick<Schedule, 'entries' | 'notes'> {
  const entries: RecipeEntry[] = []
  const notes: string[] = []
  for (const { trial, after, upTo } of lineage) {
    // The loads connect the parts, so an individual part need not be reproducible on its own.
    const part = exportRecipe(historyOf(linesUpTo(ledgerOf(trial), upTo)), { force: true })
    if (!part.ok) continue
    for (const entry of part.value.entries) {
      // Entries are numbered along the lineage, because a replay keeps this order for entries at the same place.
      if ((entry.seq ?? 0) > after) entries.push({ ...entry, seq: entries.length + 1 })
    }
    notes.push(...part.value.notes.filter((note) => !note.includes('loads checkpoint')))
  }
  return { entries, notes }
}
