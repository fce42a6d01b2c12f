import { isObject, type Json, type JsonObject } from '@hotcb/protocol'
import { type DescribeStyle, describe, plainReason, showCount, showSeconds } from '@hotcb/run'
import type { ActionRecord, AutopilotHolder, Rule } from './types.ts'

/** The proposed or applied change of an action: `lr 0.05 → 0.025`. Null for an alert. */
export function describeAction({ command }: Pick<ActionRecord, 'command'>, style: DescribeStyle = {}): string | null {
  if (command === null) return null
  const { module, op, id, params, expect } = command
  if (typeof module !== 'string' || typeof op !== 'string') return null
  // `expect` holds each value that was seen: it is what the change starts from.
  return describe({ module, op, id: typeof id === 'string' ? id : 'main', params, old: expect ?? null }, style)
}

/** How an action was answered, and what the kernel did: `approved by ann, applied (ledger line 7)`. */
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
      return `${approved}expired before the trainer took it${where}`
    case 'queued':
      return `${approved}waiting for the trainer`
    case 'lapsed':
      return 'lapsed: nobody answered in time'
    case 'open':
      return 'waiting for a person'
    case 'told':
      return 'an alert'
  }
}

/** Until when a command may be applied. */
export interface Deadline {
  readonly step: number | null
  /** Epoch seconds. */
  readonly ts: number | null
}

/** Until when a proposal can be answered. */
export function deadlineOf({ command }: Pick<ActionRecord, 'command'>): Deadline {
  const expires = objectIn(command, 'expires')
  return { step: numberIn(expires, 'step'), ts: numberIn(expires, 'ts') }
}

/**
 * How long a proposal can still be answered: `until step 1,200 or 25 min`.
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

/** Why an approval would do nothing while a run is frozen. */
export function frozenText(id: string, mode: string): string {
  return `the run is frozen (${mode}): the kernel would refuse \`${id}\` and close it`
}

/** Who watches a run: `autopilot, process 4711 on gpu3`. */
export function holderText({ engine, pid, host }: AutopilotHolder): string {
  return `${engine}${pid === null ? '' : `, process ${pid}`}${host === null ? '' : ` on ${host}`}`
}

/** Describes the condition of a rule: its expression, or `plateau of val_loss`. */
export function conditionText({ program, condition, metric }: Pick<Rule, 'program' | 'condition' | 'metric'>): string {
  return program?.text ?? `${condition}${metric === null ? '' : ` of ${metric}`}`
}

/** How often the rule of a proposal fired again: `fired once more`. Null if it did not. */
export function repeatsText({ again }: Pick<ActionRecord, 'again'>): string | null {
  return again === 0 ? null : again === 1 ? 'fired once more' : `fired ${showCount(again)} more times`
}

/** The effect of an action on the key metric: `better: val_loss lower by 0.1 …`. Null while it is not known. */
export function effectText({
  outcome,
  outcomeBecause,
}: Pick<ActionRecord, 'outcome' | 'outcomeBecause'>): string | null {
  if (outcome === null) return null
  return `${outcome}${outcomeBecause === null ? '' : `: ${outcomeBecause}`}`
}

/** Lists the steps at which a rule would have fired: `would have fired at 310 and 644`. @param steps Of all firings, in order. */
export function firingsText(steps: readonly number[], count: number = steps.length): string {
  if (count === 0) return 'would not have fired'
  const shown = steps.slice(0, MOST_STEPS)
  const more = count - shown.length
  const list =
    more > 0 || shown.length === 1 ? shown.join(', ') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
  return `would have fired at ${list}${more > 0 ? ` and ${showCount(more)} times more` : ''}`
}

const MOST_STEPS = 8

function objectIn(value: JsonObject | null, key: string): JsonObject | null {
  const found: Json | undefined = value?.[key]
  // What came out of JSON is JSON all the way down.
  return isObject(found) ? (found as JsonObject) : null
}

function numberIn(value: JsonObject | null, key: string): number | null {
  const found = value?.[key]
  return typeof found === 'number' ? found : null
}
