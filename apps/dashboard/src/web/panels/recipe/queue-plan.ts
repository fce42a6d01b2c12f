import { judgeFreeze, ok, type RecipeEntry, type Result, refused } from '@hotcb/protocol'
import { fitRecipe, lateEntries, placeMismatch, planReplay, queueRecipe } from '@hotcb/recipe'
import type { CommandDraft } from '../../../shared/draft.ts'
import type { RunDetail } from '../../../shared/wire.ts'
import { controlsOf } from './check-entries.ts'

/** The commands that schedule a recipe. */
export interface QueuePlan {
  readonly drafts: readonly CommandDraft[]
  /** Entries whose step the trainer has passed. */
  readonly late: readonly RecipeEntry[]
  readonly notes: readonly string[]
}

/** The server does not accept more commands at once, and part of a recipe would have a different effect. */
const MOST_COMMANDS = 100

/** The options for scheduling a recipe. */
export interface QueueOptions {
  readonly stepOffset: number
  /** Whether to send entries whose step has passed too. They apply at the next safe point. */
  readonly sendsLate: boolean
  /** The step of a live trainer; null if there is none. */
  readonly reached: number | null
}

/**
 * Returns the commands for a recipe, each for its step, like those of `hotcb recipe queue`; or the first reason why they cannot
 * be sent.
 */
export function planQueue(
  entries: readonly RecipeEntry[],
  detail: RunDetail | undefined,
  { stepOffset, sendsLate, reached }: QueueOptions,
): Result<QueuePlan> {
  const plan = planReplay(entries, { stepOffset })
  if (!plan.ok) return plan
  const [mismatch] = fitRecipe(plan.value.entries, controlsOf(detail, plan.value.entries))
  if (mismatch !== undefined) return refused(placeMismatch(plan.value, mismatch))
  const passed = new Set(lateEntries(plan.value.entries, reached ?? 0))
  const late = plan.value.entries.filter((_, i) => passed.has(i))
  const sent = sendsLate ? plan.value.entries : plan.value.entries.filter((_, i) => !passed.has(i))
  if (sent.length === 0) return refused('no entry is left to schedule')
  if (sent.length > MOST_COMMANDS) {
    return refused(
      `${sent.length} entries are too many: the limit on this page is ${MOST_COMMANDS}; use \`hotcb recipe queue\` for more`,
    )
  }
  // The server sets the source.
  const drafts = queueRecipe(sent).map(({ source: _, ...command }) => draftOf(command))
  return ok({ drafts, late, notes: [...plan.value.notes, ...frozenNotes(drafts, detail)] })
}

function draftOf({
  module,
  op,
  id,
  params,
  target,
  init,
  enabled,
  at,
}: ReturnType<typeof queueRecipe>[number]): CommandDraft {
  return {
    module,
    op,
    ...(id !== undefined && { id }),
    ...(params != null && { params }),
    ...(target != null && { target }),
    ...(init != null && { init }),
    ...(enabled != null && { enabled }),
    ...(at != null && { at }),
  }
}

function frozenNotes(drafts: readonly CommandDraft[], detail: RunDetail | undefined): readonly string[] {
  const mode = detail?.freeze.mode ?? 'off'
  const isFrozen = drafts.some((draft) => judgeFreeze(mode, 'live', draft) !== 'pass')
  return isFrozen ? [`the run is frozen, ${mode}: commands that are due before it is unfrozen are refused`] : []
}
