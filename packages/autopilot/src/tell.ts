import { isObject, type Json, type JsonObject } from '@hotcb/protocol'
import { type DescribeStyle, describe, plainReason } from '@hotcb/run'
import type { ActionStory } from './types.ts'

/** What an action would change, or has changed: `lr 0.05 → 0.025`. Null for an alert. */
export function describeAction({ command }: Pick<ActionStory, 'command'>, style: DescribeStyle = {}): string | null {
  if (command === null) return null
  const { module, op, id, params, expect } = command
  if (typeof module !== 'string' || typeof op !== 'string') return null
  // `expect` holds each value that was seen: it is what the change starts from.
  return describe({ module, op, id: typeof id === 'string' ? id : 'main', params, old: expect ?? null }, style)
}

/** How an action was answered, and what the kernel did: `approved by ann, applied (ledger line 7)`. */
export function answerText(action: ActionStory): string {
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
export function deadlineOf({ command }: Pick<ActionStory, 'command'>): Deadline {
  const expires = objectIn(command, 'expires')
  return { step: numberIn(expires, 'step'), ts: numberIn(expires, 'ts') }
}

function objectIn(value: JsonObject | null, key: string): JsonObject | null {
  const found: Json | undefined = value?.[key]
  // What came out of JSON is JSON all the way down.
  return isObject(found) ? (found as JsonObject) : null
}

function numberIn(value: JsonObject | null, key: string): number | null {
  const found = value?.[key]
  return typeof found === 'number' ? found : null
}
