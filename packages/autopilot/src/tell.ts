import { isObject, type Json, type JsonObject } from '@hotcb/protocol'
import { type DescribeStyle, describe, plainReason, showCount, showSeconds } from '@hotcb/run'
import type { ActionRecord, AutopilotHolder, Rule } from './types.ts'

/** Describes an action's proposed or applied change: `lr 0.05 → 0.025`. Null for an alert. */
export function describeAction({ command }: Pick<ActionRecord, 'command'>, style: DescribeStyle = {}): string | null {
  if (command === null) return null
  const { module, op, id, params, expect } = command
  if (typeof module !== 'string' || typeof op !== 'string') return null
  // `expect` contains each value that was seen, which is the value that the change starts from.
  return describe({ module, op, id: typeof id === 'string' ? id : 'main', params, old: expect ?? null }, style)
}

/** Describes the answer to an action and the kernel's decision: `approved by ann, applied (ledger line 7)`. */
export function answerText(action: ActionRecord): string {
  const { state, by, seq, error } = action
  const who = by === null ? '' : ` by ${by}`
  const where = seq === null ? '' : ` (ledger line ${seq})`
  const why = error === null ? '' : `: ${plainReason(error)}`
  const approved = by === null ? '' : `approved${who}, `
  switch (state) {
    case 'dismissed':
      return `rejected${who}${where}${why}`
    case 'applied':
      return `${approved}applied${where}`
    case 'failed':
      return `${approved}failed${where}${why}`
    case 'frozen':
      return `${approved}refused by the freeze${where}`
    case 'expired':
      return `${approved}expired before the trainer read it${where}`
    case 'queued':
      return `${approved}waiting for the trainer`
    case 'lapsed':
      return 'lapsed: no one answered in time'
    case 'open':
      return 'waiting for a person'
    case 'told':
      return 'an alert'
  }
}

/** The time until which a command may be applied. */
export interface Deadline {
  readonly step: number | null
  /** Epoch seconds. */
  readonly ts: number | null
}

/** Returns the time until which a proposal can be answered. */
export function deadlineOf({ command }: Pick<ActionRecord, 'command'>): Deadline {
  const expires = objectIn(command, 'expires')
  return { step: numberIn(expires, 'step'), ts: numberIn(expires, 'ts') }
}

/**
 * Describes how long a proposal can still be answered: `until step 1,200 or 25 min`.
 *
 * @param now Epoch seconds.
 */
export function deadlineText(action: Pick<ActionRecord, 'command'>, now: number): string {
  const { step, ts } = deadlineOf(action)
  const parts = [
    ...(step === null ? [] : [`step ${showCount(step)}`]),
    ...(ts === null ? [] : [showSeconds(Math.max(0, ts - now))]),
  ]
  return parts.length === 0 ? 'no time limit' : `until ${parts.join(' or ')}`
}

/** Explains why an approval has no effect while a run is frozen. */
export function frozenText(id: string, mode: string): string {
  return `the run is frozen (${mode}): the kernel would refuse \`${id}\` and close it`
}

/** Describes the process that is watching a run: `autopilot, process 4711 on gpu3`. */
export function holderText({ engine, pid, host }: AutopilotHolder): string {
  return `${engine}${pid === null ? '' : `, process ${pid}`}${host === null ? '' : ` on ${host}`}`
}

/** Describes a rule's condition: its expression, or `plateau of val_loss`. */
export function conditionText({ program, condition, metric }: Pick<Rule, 'program' | 'condition' | 'metric'>): string {
  return program?.text ?? `${condition}${metric === null ? '' : ` of ${metric}`}`
}

/** Describes how often a proposal's rule fired again: `fired once more`. Null if it did not. */
export function repeatsText({ again }: Pick<ActionRecord, 'again'>): string | null {
  return again === 0 ? null : again === 1 ? 'fired once more' : `fired ${showCount(again)} more times`
}

/** Describes an action's effect on the key metric: `better: val_loss lower by 0.1 …`. Null while unknown. */
export function effectText({
  outcome,
  outcomeBecause,
}: Pick<ActionRecord, 'outcome' | 'outcomeBecause'>): string | null {
  if (outcome === null) return null
  return `${outcome}${outcomeBecause === null ? '' : `: ${outcomeBecause}`}`
}

/**
 * Lists the steps at which a rule would have fired: `would have fired at 310 and 644`. @param steps The steps of all firings, in order.
 */
export function firingsText(steps: readonly number[], count: number = steps.length): string {
  if (count === 0) return 'would not have fired'
  const shown = steps.slice(0, MOST_STEPS)
  const more = count - shown.length
  const list =
    more > 0 || shown.length === 1 ? shown.join(', ') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
  return `would have fired at ${list}${more === 0 ? '' : ` and ${more === 1 ? 'once' : `${showCount(more)} times`} more`}`
}

const MOST_STEPS = 8

function objectIn(value: JsonObject | null, key: string): JsonObject | null {
  const found: Json | undefined = value?.[key]
  // A value parsed from JSON is JSON at every level.
  return isObject(found) ? (found as JsonObject) : null
}

function numberIn(value: JsonObject | null, key: string): number | null {
  const found = value?.[key]
  return typeof found === 'number' ? found : null
}
