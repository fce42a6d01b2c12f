import { isObject, type JsonObject, show } from './json.ts'
import { parseJson } from './parse-json.ts'
import { ok, type Result, refused } from './result.ts'

export type FreezeMode = 'off' | 'prod' | 'replay' | 'replay_adjusted'
export type ReplayPolicy = 'best_effort' | 'strict'

/** The document `hotcb.freeze.json`. */
export interface FreezeState {
  readonly mode: FreezeMode
  readonly recipe_path: string | null
  readonly adjust_path: string | null
  readonly policy: ReplayPolicy
  /** Added to the step of every recipe entry. */
  readonly step_offset: number
  /** The author of the document; absent or null if unknown. hotcb 2 ignores it. */
  readonly author?: string | null | undefined
}

export const FREEZE_MODES: readonly [FreezeMode, ...FreezeMode[]] = ['off', 'prod', 'replay', 'replay_adjusted']
export const REPLAY_POLICIES: readonly [ReplayPolicy, ...ReplayPolicy[]] = ['best_effort', 'strict']

/** The state without a freeze document: nothing is frozen. */
export const UNFROZEN: FreezeState = {
  mode: 'off',
  recipe_path: null,
  adjust_path: null,
  policy: 'best_effort',
  step_offset: 0,
}

/**
 * The channel of a request. The freeze depends on a change's channel, never on the `source` that a command claims:
 * `live` covers all commands, the YAML, the tuner, rules and the LLM. `recipe` is the replayed plan, `history` the
 * changes that a restart re-applies, and `kernel` the changes that the kernel itself must make, such as disabling a
 * failing callback.
 */
export type Channel = 'live' | 'recipe' | 'history' | 'kernel'

/**
 * Returns `pass` if the freeze allows an op, otherwise the decision that rejects it.
 *
 * In `prod`, only freeze, unfreeze, pause, resume, stop, cancel, accept_ledger and checkpoint save are allowed; in the
 * replay modes, these and the recipe are allowed.
 */
export function judgeFreeze(
  mode: FreezeMode,
  channel: Channel,
  op: { readonly module: string; readonly op: string; readonly params?: unknown },
): 'pass' | 'ignored_freeze' | 'ignored_replay' {
  if (mode === 'off' || channel === 'kernel' || channel === 'history') return 'pass'
  if (op.module === 'core' && passesAnyFreeze(op.op, op.params)) return 'pass'
  if (mode === 'prod') return 'ignored_freeze'
  return channel === 'recipe' ? 'pass' : 'ignored_replay'
}

/** Whether a freeze mode follows a recipe. */
export function isReplay(mode: FreezeMode): boolean {
  return mode === 'replay' || mode === 'replay_adjusted'
}

/**
 * Reads the freeze document.
 *
 * @param text The content of the file. Empty text is rejected here, because its meaning depends on when it is read
 *   (run-directory.md, section 8).
 */
export function parseFreeze(text: string): Result<FreezeState> {
  const parsed = parseJson(text)
  if (!parsed.ok) return refused(`the freeze document is not JSON: ${parsed.reason}`)
  return readFreeze(parsed.value)
}

/**
 * Reads a freeze state from a command or the document; absent fields get their defaults.
 *
 * The reader is hand-written and does not use the schema: `hotcb set` reads this document before it sends a command,
 * and loading valibot would double the time that it takes.
 */
export function readFreeze(value: unknown): Result<FreezeState> {
  if (!isObject(value)) return refused(`a freeze state must be a JSON object, got ${show(value)}`)
  const { mode, recipe_path = null, adjust_path = null } = value
  const policy = value['policy'] ?? 'best_effort'
  const stepOffset = value['step_offset'] ?? 0
  if (!isOneOf(FREEZE_MODES, mode))
    return refused(`\`mode\` must be one of ${FREEZE_MODES.join(', ')}, got ${show(mode)}`)
  if (!isOneOf(REPLAY_POLICIES, policy)) {
    return refused(`\`policy\` must be best_effort or strict, got ${show(policy)}`)
  }
  if (recipe_path !== null && typeof recipe_path !== 'string') {
    return refused(`\`recipe_path\` must be a path, got ${show(recipe_path)}`)
  }
  if (adjust_path !== null && typeof adjust_path !== 'string') {
    return refused(`\`adjust_path\` must be a path, got ${show(adjust_path)}`)
  }
  if (!Number.isSafeInteger(stepOffset))
    return refused(`\`step_offset\` must be a whole number, got ${show(stepOffset)}`)
  const author = value['author']
  if (typeof author !== 'string' && (author ?? null) !== null) {
    return refused(`\`author\` must be text, got ${show(author)}`)
  }
  return ok({
    mode,
    recipe_path,
    adjust_path,
    policy,
    step_offset: Number(stepOffset),
    // Null and absent mean the same, and both are passed on unchanged.
    ...(author !== undefined && { author: typeof author === 'string' ? author : null }),
  })
}

/** Formats the freeze document so that hotcb 2 can read it. */
export function formatFreeze(state: FreezeState): string {
  const { author, ...mode } = freezeFields(state)
  return `${JSON.stringify({ ...mode, ...(author && { author }) })}\n`
}

/** Returns the freeze state without its author, as the payload of a ledger line. The ledger line has its own author. */
export function freezePayload(state: FreezeState): JsonObject & Omit<FreezeState, 'author'> {
  const { author: _, ...payload } = freezeFields(state)
  return payload
}

/** Whether two states have the same effect, regardless of their authors. */
export function sameFreeze(a: FreezeState, b: FreezeState): boolean {
  return JSON.stringify(freezePayload(a)) === JSON.stringify(freezePayload(b))
}

// Copies the fields in wire-format order, without any other keys.
function freezeFields({
  mode,
  recipe_path,
  adjust_path,
  policy,
  step_offset,
  author,
}: FreezeState): Readonly<Omit<FreezeState, 'author'> & { author: FreezeState['author'] }> {
  return { mode, recipe_path, adjust_path, policy, step_offset, author }
}

const ALWAYS = new Set(['freeze', 'unfreeze', 'pause', 'resume', 'stop', 'cancel', 'accept_ledger'])

function passesAnyFreeze(op: string, params: unknown): boolean {
  return ALWAYS.has(op) || (op === 'checkpoint' && isObject(params) && (params['action'] ?? 'save') === 'save')
}

function isOneOf<Word extends string>(words: readonly Word[], value: unknown): value is Word {
  return typeof value === 'string' && (words as readonly string[]).includes(value)
}
