import type { Expires, Json, JsonObject, LedgerLine } from '@hotcb/protocol'
import { isObject } from '@hotcb/protocol'

/** A command that the engine requested and whose answer it awaits. */
export interface OpenAction {
  readonly id: string
  readonly cid: string
  readonly rule: string
  readonly metric: string | null
  readonly keys: readonly string[]
  readonly isProposal: boolean
  /** The control values that its command expects; null if there are none. */
  readonly expect: JsonObject | null
  readonly expires: Expires | null
  /** Whether the action's effect is measured. The effects of a procedure's later commands are not. */
  readonly isMeasured: boolean
}

/** The answer in the ledger to an open action. */
export interface Answer {
  readonly action: OpenAction
  readonly line: LedgerLine
  /** Whether a person cancelled the command, so that the line is not the kernel's answer to it. */
  readonly isCancel: boolean
}

/** The actions that are waiting for an answer. */
export interface OpenActions {
  add(action: OpenAction): void
  /** Returns the answer that a ledger line contains; undefined for most lines. */
  answerOf(line: LedgerLine): Answer | undefined
  remove(cid: string): void
  /** Removes and returns proposals that no one answered in time. */
  lapsed(step: number, now: number | undefined): readonly OpenAction[]
  /** Returns a rule's open actions and those that change one of these keys. */
  related(rule: string, keys: readonly string[]): readonly OpenAction[]
  all(): readonly OpenAction[]
  readonly isEmpty: boolean
  snapshot(): Json
  restore(saved: Json): void
}

export function createOpenActions(): OpenActions {
  const open = new Map<string, OpenAction>()
  return {
    add: (action) => void open.set(action.cid, action),
    answerOf(line) {
      if (open.size === 0) return undefined
      const own = line.cid === null ? undefined : open.get(line.cid)
      if (own !== undefined) return { action: own, line, isCancel: false }
      const cancelled = cancelledBy(line)
      const action = cancelled === undefined ? undefined : open.get(cancelled)
      return action === undefined ? undefined : { action, line, isCancel: true }
    },
    remove: (cid) => void open.delete(cid),
    lapsed(step, now) {
      const gone = [...open.values()].filter(({ isProposal, expires }) => isProposal && isPast(expires, step, now))
      for (const { cid } of gone) open.delete(cid)
      return gone
    },
    related(rule, keys) {
      if (open.size === 0) return NONE
      return [...open.values()].filter(
        (action) => action.rule === rule || action.keys.some((key) => keys.includes(key)),
      )
    },
    all: () => [...open.values()],
    get isEmpty() {
      return open.size === 0
    },
    // An action is plain JSON, and its interface has no index signature.
    snapshot: () => [...open.values()].map((action) => ({ ...action }) as unknown as JsonObject),
    restore(saved) {
      open.clear()
      for (const one of Array.isArray(saved) ? saved : []) {
        // The engine wrote it, so it has this type.
        if (isObject(one) && typeof one['cid'] === 'string') open.set(one['cid'], one as unknown as OpenAction)
      }
    },
  }
}

const NONE: readonly OpenAction[] = []

/** Returns the `cid` that a cancel closed, whether or not its command had arrived. */
export function cancelledBy({ module, op, decision, payload, params }: LedgerLine): string | undefined {
  if (module !== 'core' || op !== 'cancel' || decision !== 'applied') return undefined
  const cid = payload?.['cid'] ?? params?.['cid']
  return typeof cid === 'string' ? cid : undefined
}

/** Whether it is too late for an answer. */
export function isPast(expires: Expires | null, step: number | null, now: number | undefined): boolean {
  if (expires === null) return false
  const { step: lastStep, ts } = expires
  const isLateStep = typeof lastStep === 'number' && step !== null && step > lastStep
  return isLateStep || (typeof ts === 'number' && now !== undefined && now > ts)
}
