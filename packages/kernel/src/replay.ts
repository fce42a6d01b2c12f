import type { FoldedOp } from '@hotcb/actuators'
import {
  checkCommand,
  type FreezeState,
  freezePayload,
  isReplay,
  messageOf,
  type Op,
  opOfEntry,
  type ParamsProblem,
  type RecipeEntry,
  type Result,
  refused,
} from '@hotcb/protocol'
import { type DueEntry, placeMismatch, type ReplayPlan } from '@hotcb/recipe'
import { type Ask, askFor } from './ask.ts'
import type { KernelParts } from './parts.ts'

/**
 * Loads the recipe that the freeze state names, or stops following the current one.
 *
 * If the recipe does not match the trainer, the kernel records one failed `core freeze` line and stops the loop. In a
 * replay mode live commands are rejected, so training without the entries would produce a different run.
 *
 * @param begin Entries before step `from` are left out, because the history contains them. The `end` entries of the
 * step before `from` are kept, unless `isEndMade` is true. Default: every entry is followed.
 */
export function followRecipe(
  parts: KernelParts,
  begin: { readonly from: number; readonly isEndMade: boolean } = ALL,
): void {
  parts.queues.recipe.remove(() => true)
  parts.condition.judgeRecipe(null)
  const { state } = parts.freeze
  if (!isReplay(state.mode)) return
  const loaded = loadFitting(parts, state)
  if (!loaded.ok) {
    parts.condition.judgeRecipe(loaded.reason)
    const payload = freezePayload(state)
    const op: Op = { module: 'core', op: 'freeze', id: 'main', params: null, ...payload }
    parts.recorder.record(askFor(op, 'kernel', 'kernel'), { decision: 'failed', error: loaded.reason, payload })
    return
  }
  try {
    parts.options.recipes?.writeEffective?.(loaded.value.entries)
  } catch (error) {
    parts.note(`the effective recipe cannot be written: ${messageOf(error)}`)
  }
  for (const note of loaded.value.notes) parts.note(note)
  for (const entry of loaded.value.entries) {
    const { step, event, call = null, after = false, end = false } = entry.at
    const isNext = end && step === begin.from - 1 && !begin.isEndMade
    if (step >= begin.from || isNext) parts.queues.recipe.add({ step, call, event, after, end, item: entry })
  }
}

/** Returns the recipe that the freeze state names, if it matches this trainer. */
function loadFitting(parts: KernelParts, state: FreezeState): Result<ReplayPlan> {
  const none = `mode ${state.mode} needs a recipe, but this kernel has none`
  const loaded = parts.options.recipes?.load(state) ?? refused(none)
  const trouble = loaded.ok ? mismatch(parts, loaded.value) : null
  return trouble === null ? loaded : refused(trouble)
}

const ALL = { from: -1, isEndMade: true }

/** Creates the ask for a recipe entry that is due. */
export function recipeAsk(parts: KernelParts, due: DueEntry<RecipeEntry>): Ask {
  const { item, late, event } = due
  if (late)
    parts.condition.addReplayProblem(
      `step ${item.at.step}: ${item.module} ${item.op} was late, at step ${parts.loop.step}`,
    )
  return askFor(opOfEntry(item), 'recipe', 'replay', { event, notes: late ? 'late' : null })
}

/** Called at the end: records one failed line for each entry that was never reached, as hotcb 2 does. */
export function recordMissed(parts: KernelParts): void {
  if (!isReplay(parts.freeze.state.mode)) return
  const { policy } = parts.freeze.state
  for (const { item, event } of parts.queues.recipe.remaining()) {
    const where = `${item.at.step}:${event ?? 'any'}`
    parts.condition.addReplayProblem(`step ${item.at.step}: ${item.module} ${item.op} was never reached`)
    const notes = policy === 'strict' ? 'strict_policy_missed' : 'best_effort_missed'
    const ask = askFor(opOfEntry(item), 'recipe', 'replay', { event, notes })
    parts.recorder.record(ask, { decision: 'failed', error: `missed_step:${where}` })
  }
}

// Returns the mismatches between the plan and this trainer as one line, with file and line numbers; null if there are none.
function mismatch(parts: KernelParts, plan: ReplayPlan): string | null {
  const { entries } = plan
  const rows: number[] = []
  const ops: FoldedOp[] = []
  const reasons = new Map<number, { readonly reason: string; readonly key: string | null }>()
  for (const [i, entry] of entries.entries()) {
    const { module, at } = entry
    const problem = module === 'core' ? mismatchOfSet(parts, entry) : mismatchOfModule(parts, module)
    if (problem !== null) reasons.set(i, problem)
    if (module === 'core' || problem !== null || parts.router.modules.get(module)?.applyOp !== undefined) continue
    rows.push(i)
    ops.push({ op: opOfEntry(entry), step: Math.max(0, at.step), total: parts.loop.total })
  }
  const mismatches =
    parts.state?.rehearse(ops) ?? ops.map((_, index) => ({ index, reason: 'this trainer has no controls', key: null }))
  for (const { index, reason, key } of mismatches) reasons.set(rows[index] ?? 0, { reason, key })
  if (reasons.size === 0) return null
  const all = [...reasons].sort(([a], [b]) => a - b)
  const shown = all.slice(0, MAX_SHOWN).map(([index, why]) => placeMismatch(plan, { index, ...why }))
  const more = all.length > shown.length ? `; and ${all.length - shown.length} more` : ''
  return `the recipe does not match this trainer: ${shown.join('; ')}${more}`
}

const MAX_SHOWN = 5

function mismatchOfModule({ router }: KernelParts, module: string): { reason: string; key: null } | null {
  if (router.modules.get(module)?.applyOp !== undefined || router.isControls(module)) return null
  return { reason: `module \`${module}\` is needed, but this trainer does not have it`, key: null }
}

// The values that a checkpoint load sets are checked only against what the controls accept, because the state at that
// time comes from the checkpoint.
function mismatchOfSet(parts: KernelParts, { op, params }: RecipeEntry): ParamsProblem | null {
  return checkCommand({ module: 'core', op, params: params ?? null }, parts.state?.rules ?? new Map(), {
    isRecorded: true,
  })
}
