import type { NanoUsd } from '@hotcb/llm'
import { type AutopilotLine, isObject, type JsonObject } from '@hotcb/protocol'
import type { ActionRecord } from '../types.ts'

/** One action in an answer, and its result. */
export interface DecidedAction {
  readonly action: string
  /** The control, metric or callback that it names; null if it names none. */
  readonly name: string | null
  readonly value: number | null
  /** The result, or the reason why the action had no effect. */
  readonly result: string
  /** The autopilot action that resulted, with its effect as measured later; null if there is none. */
  readonly story: ActionRecord | null
}

/** One model query and its result. All strings are in the model's own words. */
export interface AiDecision {
  readonly id: string
  readonly step: number | null
  /** When the model was queried, in epoch seconds. */
  readonly ts: number
  readonly model: string | null
  readonly host: string | null
  /** Why it was queried: `first`, `condition`, `asked`, `cadence`. */
  readonly why: string | null
  /** False while there is no answer: the query is still pending, or its process was killed. */
  readonly isAnswered: boolean
  readonly diagnosis: string | null
  readonly reasoning: string | null
  /** Why the answer is unusable; null if it is usable. */
  readonly error: string | null
  readonly actions: readonly DecidedAction[]
  /** Null while there is no answer. */
  readonly nanoUsd: NanoUsd | null
  readonly tokens: number | null
  /** The number of requests that were sent for the query. */
  readonly calls: number | null
}

/** Returns the model queries, oldest first, from an autopilot's log and the actions in it. */
export function decisionsOf(lines: Iterable<AutopilotLine>, actions: readonly ActionRecord[]): readonly AiDecision[] {
  const found = new Map<string, AiDecision>()
  for (const line of lines) {
    const { kind, action_id: id } = line
    if (kind === 'call') found.set(id, { ...asked(line), why: line.reason })
    else if (kind === 'reply') found.set(id, { ...(found.get(id) ?? asked(line)), ...answerOf(line, actions) })
  }
  return [...found.values()]
}

function asked({ action_id: id, step, ts, data }: AutopilotLine): AiDecision {
  return {
    ...{ id, step, ts, why: null, model: textIn(data, 'model'), host: textIn(data, 'host') },
    ...{ isAnswered: false, diagnosis: null, reasoning: null, error: null },
    ...{ actions: [], nanoUsd: null, tokens: null, calls: null },
  }
}

function answerOf({ reason, data }: AutopilotLine, stories: readonly ActionRecord[]): Partial<AiDecision> {
  const spent = data?.['spent']
  const actions = data?.['actions']
  const used = (name: string): number | null => (isObject(spent) ? numberIn(spent, name) : null)
  const isFailed = textIn(data, 'failed') !== null
  return {
    isAnswered: true,
    diagnosis: textIn(data, 'diagnosis'),
    reasoning: isFailed ? null : reason,
    error: isFailed ? reason : null,
    actions: Array.isArray(actions) ? actions.filter(isObject).map((one) => actionOf(one, stories)) : [],
    nanoUsd: used('nano_usd'),
    tokens: used('tokens'),
    calls: used('calls'),
  }
}

function actionOf(given: Readonly<Record<string, unknown>>, stories: readonly ActionRecord[]): DecidedAction {
  const { action, name, result, id } = given
  return {
    action: String(action),
    name: typeof name === 'string' ? name : null,
    value: numberIn(given, 'value'),
    result: String(result),
    story: stories.find((one) => one.id === id && one.command !== null) ?? null,
  }
}

function textIn(data: JsonObject | null, name: string): string | null {
  const value = data?.[name]
  return typeof value === 'string' ? value : null
}

function numberIn(data: Readonly<Record<string, unknown>>, name: string): number | null {
  const value = data[name]
  return typeof value === 'number' ? value : null
}
