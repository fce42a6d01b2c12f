import { isObject, type JsonObject, ok, type Result, refused, show } from '@hotcb/protocol'
import { AI_ACTIONS, type AiAction } from './actions.ts'
import type { PromptIds } from './prompt-ids.ts'
import { shortened } from './quoted.ts'
import { readOneObject } from './strict-json.ts'

const DIAGNOSES = ['healthy', 'too_high', 'too_low', 'diverged', 'plateau', 'overfitting', 'data', 'unclear'] as const

/** A model's answer. Its form has been checked. Strings are shortened and never interpreted. */
export interface AiReply {
  readonly diagnosis: (typeof DIAGNOSES)[number]
  readonly reasoning: string
  /** At most two. */
  readonly actions: readonly AiAction[]
  /** The number of steps after which the model asked to be queried again. */
  readonly nextCheck: number | null
}

const MOST_ACTIONS = 2
const MOST_REASONING = 600
const MOST_LEARNINGS = 5
const MOST_TEXT = 200
const CHECK_FROM = 10
const CHECK_TO = 200

/** Returns the form of an answer as a JSON Schema. It allows only this prompt's ids, so nothing else can be named. */
export function replySchema(ids: PromptIds): JsonObject {
  const targets = [...ids.metrics.keys(), ...ids.controls.keys(), ...ids.groups.keys(), ...ids.callbacks.keys()]
  const action = object({
    action: { type: 'string', enum: [...AI_ACTIONS] },
    target: { anyOf: [...(targets.length > 0 ? [{ type: 'string', enum: targets }] : []), { type: 'null' }] },
    value: { type: ['number', 'null'] },
    text: { type: ['string', 'null'] },
    learnings: { type: ['array', 'null'], items: { type: 'string' } },
  })
  return object({
    diagnosis: { type: 'string', enum: [...DIAGNOSES] },
    reasoning: { type: 'string' },
    actions: { type: 'array', items: action },
    next_check: { type: ['integer', 'null'] },
  })
}

function object(properties: JsonObject): JsonObject {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
}

/** Reads an answer. If the answer is rejected, the result is a one-line problem, which is sent back to the model once. */
export function readReply(text: string): Result<AiReply> {
  const read = readOneObject(text)
  if (!read.ok) return read
  const { diagnosis, reasoning, actions, next_check: nextCheck = null } = read.value
  const known = DIAGNOSES.find((one) => one === diagnosis)
  if (known === undefined)
    return refused(`\`diagnosis\` must be one of ${DIAGNOSES.join(', ')}, got ${show(diagnosis)}`)
  if (typeof reasoning !== 'string') return refused(`\`reasoning\` must be text, got ${show(reasoning)}`)
  if (!Array.isArray(actions) || actions.length > MOST_ACTIONS) {
    return refused(`\`actions\` must be a list of at most ${MOST_ACTIONS}, got ${show(actions)}`)
  }
  if (nextCheck !== null && !Number.isSafeInteger(nextCheck)) {
    return refused(`\`next_check\` must be a whole number of steps or null, got ${show(nextCheck)}`)
  }
  const all: AiAction[] = []
  for (const one of actions) {
    const action = readAction(one)
    if (!action.ok) return action
    all.push(action.value)
  }
  const steps = nextCheck === null ? null : Math.min(CHECK_TO, Math.max(CHECK_FROM, Number(nextCheck)))
  return ok({ diagnosis: known, reasoning: shortened(reasoning, MOST_REASONING), actions: all, nextCheck: steps })
}

function readAction(given: unknown): Result<AiAction> {
  if (!isObject(given)) return refused(`an action must be an object, got ${show(given)}`)
  const { action, target = null, value = null, text = null, learnings = null } = given
  const name = AI_ACTIONS.find((one) => one === action)
  if (name === undefined) return refused(`unknown action ${show(action)}; choose from ${AI_ACTIONS.join(', ')}`)
  if (target !== null && typeof target !== 'string')
    return refused(`\`target\` of ${name} must be an id or null, got ${show(target)}`)
  if (value !== null && typeof value !== 'number')
    return refused(`\`value\` of ${name} must be a number or null, got ${show(value)}`)
  if (text !== null && typeof text !== 'string')
    return refused(`\`text\` of ${name} must be text or null, got ${show(text)}`)
  const lessons: readonly unknown[] = Array.isArray(learnings) ? learnings : []
  if ((learnings !== null && !Array.isArray(learnings)) || !lessons.every((one) => typeof one === 'string')) {
    return refused(`\`learnings\` of ${name} must be a list of strings or null, got ${show(learnings)}`)
  }
  return ok({
    action: name,
    target,
    value,
    text: text === null ? null : shortened(text, MOST_TEXT),
    learnings: lessons.slice(0, MOST_LEARNINGS).map((one) => shortened(String(one), MOST_TEXT)),
  })
}
