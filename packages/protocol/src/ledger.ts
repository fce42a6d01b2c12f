import { isObject, type JsonObject, show } from './json.ts'
import { ok, type Result, refused } from './result.ts'

/** The decision on a command. `ignored` comes from hotcb 2: it is read, but never written. */
export type Decision =
  | 'applied'
  | 'failed'
  | 'rejected'
  | 'expired'
  | 'skipped_noop'
  | 'ignored'
  | 'ignored_freeze'
  | 'ignored_replay'

export const DECISIONS: readonly [Decision, ...Decision[]] = [
  'applied',
  'failed',
  'rejected',
  'expired',
  'skipped_noop',
  'ignored',
  'ignored_freeze',
  'ignored_replay',
]

/** One line of the ledger: the decision, its step, and what it changed. Keys are in wire-format order. */
export interface LedgerLine {
  /** Starts at 1 and increases by one. */
  readonly seq: number
  /** The trainer's step; null before its first safe point. */
  readonly step: number | null
  readonly epoch: number | null
  readonly event: string | null
  readonly phase: string | null
  readonly module: string
  readonly op: string
  readonly id: string
  readonly source: string
  readonly decision: Decision
  /** The op's params, as requested. */
  readonly params: JsonObject | null
  /** The values that were set, and all data needed to set them again. */
  readonly payload: JsonObject | null
  readonly error: string | null
  readonly traceback: string | null
  readonly notes: string | null
  /** Epoch seconds. */
  readonly wall_time: number
  readonly cid: string | null
  /** The command's file: null for the shared file, otherwise its name in `hotcb.commands.d`. */
  readonly writer: string | null
  /** Byte offset of the command in its file. */
  readonly offset: number | null
  readonly author: string | null
  /** The index of the `apply` call within this step, from 0. */
  readonly call: number | null
  /**
   * True for a line that was decided after the modules had received the events of this call, which happens after a save
   * during a pause. Absent otherwise.
   */
  readonly after?: boolean
  /**
   * True for a line that was decided after a checkpoint load, in the same `apply`: it comes after everything else in
   * `step` and belongs to the state before the next step. Absent otherwise.
   */
  readonly end?: boolean
  /** The params with which the same op reverts the change. */
  readonly old: JsonObject | null
  /** Seq of the line that this one repeats after a restart. */
  readonly of: number | null
  /** Seq of the line that this one reverts. */
  readonly reverts: number | null
  readonly attempt: number | null
  /** Ranks on which it failed. */
  readonly ranks: readonly number[] | null
  /** True for another kernel's line, which has no `cid` key. This field is never written. */
  readonly foreign?: boolean
}

const KEYS = [
  'seq', 'step', 'epoch', 'event', 'phase', 'module', 'op', 'id', 'source', 'decision', 'params', 'payload', 'error',
  'traceback', 'notes', 'wall_time', 'cid', 'writer', 'offset', 'author', 'call', 'old', 'of', 'reverts', 'attempt', 'ranks',
] as const satisfies readonly (keyof LedgerLine)[] // biome-ignore format: shows the order of the wire format at a glance

/** The keys of a ledger line, in the order in which they are written. */
export const LEDGER_KEYS: readonly (keyof LedgerLine)[] = KEYS

/**
 * Parses one ledger line from any kernel: ours, hotcb 2's (without `cid`), or the short form `{step, module, op,
 * params, status}` that hand-written trainers write.
 */
export function readLedgerLine(value: unknown): Result<LedgerLine> {
  if (!isObject(value)) return refused(`a ledger line must be a JSON object, got ${show(value)}`)
  const decision = value['decision'] ?? value['status']
  if (typeof decision !== 'string' || !(DECISIONS as readonly string[]).includes(decision)) {
    return refused(`\`decision\` must be one of ${DECISIONS.join(', ')}, got ${show(decision)}`)
  }
  const { module, op } = value
  if (typeof module !== 'string') return refused(`\`module\` must be text, got ${show(module)}`)
  if (typeof op !== 'string') return refused(`\`op\` must be text, got ${show(op)}`)
  const problem = placeProblem(value)
  if (problem !== null) return refused(problem)
  const line: LedgerLine = {
    seq: numberOf(value['seq']) ?? 0,
    step: numberOf(value['step']),
    epoch: numberOf(value['epoch']),
    event: textOf(value['event']),
    phase: textOf(value['phase']),
    module,
    op,
    id: textOf(value['id']) ?? 'main',
    source: textOf(value['source']) ?? 'external',
    // Checked against DECISIONS above.
    decision: decision as Decision,
    params: objectOf(value['params']),
    payload: objectOf(value['payload']),
    error: textOf(value['error']),
    traceback: textOf(value['traceback']),
    notes: textOf(value['notes']),
    wall_time: numberOf(value['wall_time']) ?? 0,
    cid: textOf(value['cid']),
    writer: textOf(value['writer']),
    offset: numberOf(value['offset']),
    author: textOf(value['author']),
    call: numberOf(value['call']),
    ...(value['after'] === true && { after: true }),
    ...(value['end'] === true && { end: true }),
    old: objectOf(value['old']),
    of: numberOf(value['of']),
    reverts: numberOf(value['reverts']),
    attempt: numberOf(value['attempt']),
    ranks: Array.isArray(value['ranks']) ? value['ranks'].filter((rank) => typeof rank === 'number') : null,
  }
  return ok('cid' in value ? line : { ...line, foreign: true })
}

/** The largest accepted `seq`. Numbering can continue after it; above 2 ** 53, adding 1 would have no effect. */
export const MAX_SEQ: number = 2 ** 52

// Rejects a place that no kernel writes, because one such line would shift all later changes.
function placeProblem({ seq, step, call }: { readonly [key: string]: unknown }): string | null {
  if (!isWholeWhereNumber(seq, 0, MAX_SEQ)) return `\`seq\` must be a whole number from 0 to 2^52, got ${show(seq)}`
  if (!isWholeWhereNumber(step, -1)) return `\`step\` must be a whole number of at least -1, got ${show(step)}`
  if (!isWholeWhereNumber(call, 0)) return `\`call\` must be a whole number of at least 0, got ${show(call)}`
  return null
}

function isWholeWhereNumber(value: unknown, min: number, max: number = Number.MAX_SAFE_INTEGER): boolean {
  return typeof value !== 'number' || (Number.isSafeInteger(value) && value >= min && value <= max)
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  return typeof value === 'number' ? String(value) : null
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function objectOf(value: unknown): JsonObject | null {
  // The output of `JSON.parse` is JSON at every level.
  return isObject(value) ? (value as JsonObject) : null
}
