import { isReplay, type JsonObject } from '@hotcb/protocol'
import { type History, type HistoryEntry, historyOf } from '@hotcb/recipe'
import { askFor } from './ask.ts'
import type { Core } from './core.ts'
import { lookAhead } from './held.ts'
import { foldModuleOps } from './module-fold.ts'
import { followRecipe } from './replay.ts'
import { describeError } from './router.ts'

/**
 * Begins the loop at step `step`: what stands before it is restored at once, what stands at or after it will be made
 * again at its place. In the replay modes, and when history is not to be continued, a seam cuts it off instead.
 */
export function beginAt(core: Core, step: number, snapshot: JsonObject | null): void {
  const opening = core.opening
  core.begun = true
  core.opening = null
  lookAhead(core)
  const mode = core.options.continue ?? 'history'
  if (mode === 'off') writeSeam(core, 0)
  else if (mode === 'cut' || isReplay(core.freeze.state.mode)) writeSeam(core, step)
  const cutAt =
    mode === 'off' ? 0 : mode === 'cut' || isReplay(core.freeze.state.mode) ? step : Number.POSITIVE_INFINITY
  const history = opening?.history
  if (history !== undefined) {
    const entries = history.entries.filter((entry) => entry.step < cutAt)
    if (cutAt !== Number.POSITIVE_INFINITY) core.standing.cut(cutAt)
    restore(core, { ...history, entries }, { step, snapshot, isReset: false })
  }
  followRecipe(core, step)
}

/** Takes everything back to before `step`, after a checkpoint was loaded and its seam written. */
export function rewindTo(core: Core, step: number, snapshot: JsonObject | null): void {
  for (const module of core.modules) contained(core, module.name, () => module.reset?.())
  core.history.remove(() => true)
  core.standing.cut(step)
  restore(core, historyOf(core.ledger.entries()), { step, snapshot, isReset: true })
  core.step = step - 1
  core.call = -1
}

/** Writes `core attempt` with a cut: lines with step >= `step` before it no longer stand. */
export function writeSeam(core: Core, step: number): void {
  const { recorder } = core
  recorder.attempt++
  const payload = { n: recorder.attempt, token: core.token, step, cut: true }
  recorder.record(attemptAsk(), { decision: 'applied', payload })
}

/** The kernel's own line that opens an attempt. */
export function attemptAsk(): ReturnType<typeof askFor> {
  return askFor({ module: 'core', op: 'attempt', id: 'main', params: null }, 'kernel', 'kernel')
}

function restore(
  core: Core,
  history: History,
  {
    step,
    snapshot,
    isReset,
  }: { readonly step: number; readonly snapshot: JsonObject | null; readonly isReset: boolean },
): void {
  const before = history.wentBack ? history.entries : history.entries.filter((entry) => entry.step < step)
  if (history.wentBack && history.entries.length > 0) {
    core.note('steps went back without a seam: the whole history is restored, nothing is made again')
  }
  const stream = before.filter((entry) => isStream(core, entry))
  core.ranks?.restore({
    step,
    total: core.total,
    stream: stream.map(({ op, step: at }) => ({ op, step: at })),
    modules: foldModuleOps(before.filter((entry) => !isStream(core, entry))).map(({ op, step: at }) => ({
      op,
      step: at,
    })),
    snapshot,
    isReset,
  })
  const folded = stream.map((entry) => ({ op: entry.op, step: entry.step, total: core.total }))
  for (const problem of core.state?.fold(folded, step - 1) ?? []) core.note(problem)
  foldModules(core, before)
  for (const module of core.modules) {
    const saved = snapshot?.[module.name]
    if (saved !== undefined) contained(core, module.name, () => module.restore?.(saved))
  }
  if (history.wentBack) return
  for (const entry of history.entries) {
    if (entry.step >= step) core.history.add({ step: entry.step, call: entry.call, event: null, item: entry })
  }
}

function foldModules(core: Core, entries: readonly HistoryEntry[]): void {
  for (const entry of foldModuleOps(entries.filter((one) => !isStream(core, one)))) {
    const outcome = core.router.route(entry.op, core.context('history', entry.op.module), {
      step: entry.step,
      total: core.total,
    })
    if (!outcome.ok)
      core.note(`seq ${entry.seq}, ${entry.op.module} ${entry.op.op}, could not be restored: ${outcome.error}`)
  }
}

function isStream(core: Core, entry: HistoryEntry): boolean {
  const { module } = entry.op
  return core.router.modules.get(module)?.applyOp === undefined && module !== 'cb' && module !== 'tune'
}

function contained(core: Core, name: string, act: () => void): void {
  try {
    act()
  } catch (error) {
    core.note(`module \`${name}\` could not be restored: ${describeError(error).message}`)
  }
}
