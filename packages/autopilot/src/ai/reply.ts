import { isObject, type Json, type JsonObject, ok, parseJson, type Result, refused, show } from '@hotcb/protocol'
import { quoted } from './quoted.ts'

const DIAGNOSES = ['healthy', 'too_high', 'too_low', 'diverged', 'plateau', 'overfitting', 'data', 'unclear'] as const
const KINDS = [
  'set_control',
  'scale_control',
  'enable_callback',
  'disable_callback',
  'rescue',
  'save_checkpoint',
  'pause',
  'stop',
  'request_raw',
] as const
const MOST_ACTIONS = 2
const MOST_REASONING = 600
const MOST_TEXT = 64 * 1024

/** An action that the model wants; ids are those of its prompt. */
export interface WantedAction {
  readonly kind: (typeof KINDS)[number]
  /** The id of a control or a callback. */
  readonly control: string | null
  readonly value: number | null
  readonly metric: string | null
}

export interface Reply {
  readonly diagnosis: (typeof DIAGNOSES)[number]
  /** One line: text of the model, never a command. */
  readonly reasoning: string
  readonly actions: readonly WantedAction[]
  readonly nextCheckSteps: number
}

/** The form of an answer. Ids are those of one prompt, so that an answer to another one does not fit. */
export function replySchema(controls: readonly string[], metrics: readonly string[]): JsonObject {
  const action = {
    kind: { type: 'string', enum: [...KINDS] },
    control: { enum: [...controls, null] },
    value: { type: ['number', 'null'] },
    metric: { enum: [...metrics, null] },
  }
  const properties = {
    diagnosis: { type: 'string', enum: [...DIAGNOSES] },
    reasoning: { type: 'string' },
    actions: { type: 'array', items: strict(action) },
    next_check_steps: { type: 'integer' },
  }
  return strict(properties)
}

function strict(properties: Readonly<Record<string, Json>>): JsonObject {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
}

/** Reads an answer. Whatever it is, the result is a valid reply or one line that says what is wrong with it. */
export function readReply(text: string): Result<Reply> {
  const json = onlyObject(text)
  if (!json.ok) return json
  const { diagnosis, reasoning, actions, next_check_steps: next } = json.value
  const known = DIAGNOSES.find((one) => one === diagnosis)
  if (known === undefined)
    return refused(`\`diagnosis\` must be one of ${DIAGNOSES.join(', ')}, got ${show(diagnosis)}`)
  if (typeof reasoning !== 'string') return refused(`\`reasoning\` must be text, got ${show(reasoning)}`)
  if (!Array.isArray(actions) || actions.length > MOST_ACTIONS) {
    return refused(`\`actions\` must be a list of at most ${MOST_ACTIONS}, got ${show(actions)}`)
  }
  const wanted: WantedAction[] = []
  for (const given of actions) {
    const read = readAction(given)
    if (!read.ok) return read
    wanted.push(read.value)
  }
  const steps = typeof next === 'number' && Number.isFinite(next) ? Math.min(200, Math.max(10, Math.round(next))) : 50
  return ok({ diagnosis: known, reasoning: quoted(reasoning, MOST_REASONING), actions: wanted, nextCheckSteps: steps })
}

/** The one object of a text, with or without a fence around it. */
function onlyObject(text: string): Result<Readonly<Record<string, unknown>>> {
  if (text.length > MOST_TEXT) return refused(`the answer is longer than ${MOST_TEXT} characters`)
  const [, fenced] = /^\s*```(?:json)?\s*([\s\S]*?)```\s*$/.exec(text) ?? []
  const parsed = parseJson((fenced ?? text).trim(), { nan: 'refuse' })
  if (!parsed.ok) return refused('the answer must be one JSON object and nothing else')
  return isObject(parsed.value)
    ? ok(parsed.value)
    : refused(`the answer must be a JSON object, got ${show(parsed.value)}`)
}

function readAction(given: unknown): Result<WantedAction> {
  const { kind, control = null, value = null, metric = null } = isObject(given) ? given : {}
  const known = KINDS.find((one) => one === kind)
  if (known === undefined) return refused(`\`kind\` must be one of ${KINDS.join(', ')}, got ${show(kind)}`)
  if (value !== null && (typeof value !== 'number' || !Number.isFinite(value))) {
    return refused(`\`value\` must be a finite number or null, got ${show(value)}`)
  }
  if (control !== null && typeof control !== 'string') return refused(`\`control\` must be an id, got ${show(control)}`)
  if (metric !== null && typeof metric !== 'string') return refused(`\`metric\` must be an id, got ${show(metric)}`)
  return ok({ kind: known, control, value, metric })
}
