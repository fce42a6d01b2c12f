import type { JsonObject, LedgerLine } from '@hotcb/protocol'
import type { History, HistoryEntry, Seam } from '@hotcb/recipe'
import { askFor } from './ask.ts'
import { foldModuleOps } from './module-fold.ts'
import type { KernelParts } from './parts.ts'
import { describeError } from './router.ts'
import { isAfterSnapshot, type Snapshot } from './snapshot.ts'

/**
 * Restores the state before `seam.step`, after a checkpoint was loaded and the cut in history (the seam) was recorded.
 *
 * @param history The history of the ledger including the seam.
 */
export function rewindTo(parts: KernelParts, seam: Seam, snapshot: Snapshot | null, history: History): void {
  for (const module of parts.modules) contained(parts, module.name, () => module.reset?.())
  parts.queues.history.remove(() => true)
  parts.inForce.cut(seam)
  restore(parts, history, { step: seam.step, snapshot: ownSnapshot(snapshot, history), isReset: true })
}

/** Records `core attempt` with a cut: lines that the seam cuts are no longer part of history. */
export function writeSeam(parts: KernelParts, { step, endSeq }: Seam): LedgerLine {
  const { recorder } = parts
  recorder.attempt++
  const payload = { n: recorder.attempt, token: parts.token, step, cut: true, ...(endSeq !== null && { seq: endSeq }) }
  return recordAttempt(parts, payload)
}

// Removes the kernel's state from a snapshot that was copied from another run, because its seqs and places refer to
// that run's ledger.
export function ownSnapshot(snapshot: Snapshot | null, { tokens }: History): Snapshot | null {
  if (snapshot === null || snapshot.kernel === null || tokens.has(snapshot.kernel.token)) return snapshot
  return { ...snapshot, kernel: null }
}

/**
 * Records the kernel's own line that opens an attempt. Before the loop begins, the line gets the last step in the
 * ledger, because hotcb 2's dashboard builds a broken recipe entry from a line without a step.
 */
export function recordAttempt({ recorder }: KernelParts, payload: JsonObject): LedgerLine {
  const { place } = recorder
  if (place.step === null) recorder.place = { ...place, step: recorder.step }
  const ask = askFor({ module: 'core', op: 'attempt', id: 'main', params: null }, 'kernel', 'kernel')
  const line = recorder.record(ask, { decision: 'applied', payload })
  recorder.place = place
  return line
}

/** What to restore, and where to continue. */
export interface RestorePlan {
  readonly step: number
  readonly snapshot: Snapshot | null
  readonly isReset: boolean
  /** Whether an entry is already in force. @defaultValue whether it is before `step` */
  readonly isBefore?: (entry: HistoryEntry) => boolean
}

/** Restores changes before `step`, and plans those at or after it. */
export function restore(
  parts: KernelParts,
  history: History,
  { step, snapshot, isReset, isBefore = (entry) => entry.step < step }: RestorePlan,
): void {
  const before = history.wentBack ? history.entries : history.entries.filter(isBefore)
  if (history.wentBack && history.entries.length > 0) {
    parts.note('steps went back without a seam: the whole history is restored, and nothing is re-applied later')
  }
  const stream = before.filter(({ op }) => parts.router.isControls(op.module))
  const others = before.filter(({ op }) => !parts.router.isControls(op.module))
  const isLater = (entry: HistoryEntry): boolean =>
    snapshot?.kernel !== null && snapshot !== null && isAfterSnapshot(entry, snapshot.kernel)
  const { table } = parts.router
  const early = foldModuleOps(
    others.filter((entry) => !isLater(entry)),
    table,
  )
  const late = foldModuleOps(others.filter(isLater), table)
  parts.ranks?.restore({
    step,
    total: parts.loop.total,
    stream: stream.map(opAt),
    modules: early.map(opAt),
    snapshot: snapshot?.modules ?? null,
    modulesAfter: late.map(opAt),
    isReset,
  })
  const folded = stream.map((entry) => ({ ...opAt(entry), total: parts.loop.total }))
  for (const problem of parts.state?.fold(folded, step - 1) ?? []) parts.note(problem)
  makeAgain(parts, early)
  for (const module of parts.modules) {
    const saved = snapshot?.modules[module.name]
    if (saved !== undefined) contained(parts, module.name, () => module.restore?.(saved))
  }
  makeAgain(parts, late)
  if (history.wentBack) return
  for (const entry of history.entries) {
    const { step: at, call, after, end } = entry
    if (!isBefore(entry)) parts.queues.history.add({ step: at, call, event: null, after, end, item: entry })
  }
}

// A ramp or schedule that would start before step 0 gets its values for step 0, since there is no earlier step.
function opAt({ op, step }: HistoryEntry): { readonly op: HistoryEntry['op']; readonly step: number } {
  return { op, step: Math.max(0, step) }
}

function makeAgain(parts: KernelParts, entries: readonly HistoryEntry[]): void {
  for (const entry of entries) {
    const { op, seq, step } = entry
    // These ops belong to modules, and only controls use the place.
    const at = { step, total: parts.loop.total }
    const outcome = parts.router.route(op, parts.context('history', op.module), at)
    if (!outcome.ok) parts.note(`seq ${seq}, ${op.module} ${op.op}, could not be restored: ${outcome.error}`)
  }
}

function contained(parts: KernelParts, name: string, act: () => void): void {
  try {
    act()
  } catch (error) {
    parts.note(`module \`${name}\` could not be restored: ${describeError(error).message}`)
  }
}
