import { type AutopilotLine, isObject, type JsonObject } from '@hotcb/protocol'
import type { Run } from '@hotcb/run/node'
import type { ActionStory } from '../types.ts'

/** One question to the model, what it answered, and what came of it. */
export interface AiDecision {
  readonly id: string
  readonly step: number | null
  /** Epoch seconds. */
  readonly ts: number
  readonly model: string | null
  readonly host: string | null
  /** What it cost; what was reserved, while there is no answer. */
  readonly usd: number
  readonly tokens: JsonObject | null
  readonly diagnosis: string | null
  /** Text of the model. */
  readonly reasoning: string | null
  /** What of its actions was not done, and why. */
  readonly refusals: readonly string[]
  /** Why there is no answer; null: there is one, or it has not come. */
  readonly error: string | null
  /** The action that came of it, with its effect as measured later. */
  readonly action: ActionStory | null
}

/** The questions and answers that the log of a run tells, in order. */
export function readAiHistory(run: Run, actions: readonly ActionStory[]): readonly AiDecision[] {
  const found = new Map<string, AiDecision>()
  for (const { value: line } of run.records('autopilot')) {
    if (line.kind !== 'call' && line.kind !== 'reply') continue
    // The second round of a question belongs to the first.
    const id = line.action_id.replace(/\.2$/, '')
    found.set(id, joined(found.get(id), id, line, actions))
  }
  return [...found.values()]
}

function joined(
  before: AiDecision | undefined,
  id: string,
  { kind, step, ts, data }: AutopilotLine,
  actions: readonly ActionStory[],
): AiDecision {
  const given = data ?? {}
  const { model, host, reserved_usd: reserved, usd, tokens, diagnosis, reasoning, error, refusals } = given
  const text = (value: unknown, or: string | null = null): string | null => (typeof value === 'string' ? value : or)
  const spent = kind === 'call' ? reserved : usd
  return {
    ...{ id, step: before?.step ?? step, ts: before?.ts ?? ts },
    model: text(model, before?.model),
    host: text(host, before?.host),
    usd: typeof spent === 'number' ? spent : (before?.usd ?? 0),
    tokens: isObject(tokens) ? (tokens as JsonObject) : null,
    diagnosis: text(diagnosis),
    reasoning: text(reasoning),
    refusals: Array.isArray(refusals) ? refusals.filter((one) => typeof one === 'string') : [],
    error: text(error),
    action: actions.find(({ evidence }) => evidence['call'] === id) ?? null,
  }
}
