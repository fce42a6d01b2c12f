import {
  type Caps,
  type Completion,
  type CompletionRequest,
  chargedTokens,
  costOf,
  type Model,
  type ModelFailure,
  maxTokensOf,
} from '@hotcb/llm'
import { type AiReply, readReply } from '../../ai/reply.ts'
import { capText } from './budget-text.ts'
import type { AiSetup } from './setup.ts'

/** Options for calling a model. */
export interface Asking extends Pick<AiSetup, 'price' | 'spending'> {
  readonly model: Model
  readonly caps: Caps
}

/** The result of a query. */
export type Asked =
  | { readonly kind: 'reply'; readonly reply: AiReply; readonly spent: Spent }
  /** The model answered twice, and neither answer is usable. */
  | { readonly kind: 'unusable'; readonly why: string; readonly spent: Spent }
  | { readonly kind: 'failure'; readonly failure: ModelFailure; readonly spent: Spent }
  /** A call was not sent because it does not fit the budget. `cap` is null if the budget cannot be read or written. */
  | { readonly kind: 'no-budget'; readonly why: string; readonly cap: keyof Caps | null; readonly spent: Spent }

/** The usage of the calls for one query. */
export interface Spent {
  readonly calls: number
  /** Billionths of a dollar. */
  readonly nano: number
  readonly tokens: number
}

export const NOT_SPENT: Spent = { calls: 0, nano: 0, tokens: 0 }

// Three calls with a rejected field, the answer, one call with more tokens, and one correction.
const MOST_CALLS = 6

/**
 * Queries the model once. If the endpoint rejects a field of the request, the next call leaves it out. If an answer was truncated, it is
 * requested once more with twice as many tokens. An invalid answer is sent back once. The cost of each call is reserved before the call and
 * settled afterwards.
 */
export async function askModel(asking: Asking, first: CompletionRequest): Promise<Asked> {
  let next: Next = { request: first, isLonger: false, isRepaired: false }
  let spent = NOT_SPENT
  for (;;) {
    const call = await callOnce(asking, next.request, spent)
    if (call.kind === 'no-budget') return call
    spent = call.spent
    const after = call.answer.ok ? afterAnswer(next, call.answer, spent) : afterFailure(next, call.answer, spent)
    if ('kind' in after) return after
    next = after
  }
}

/** The next call for a query, and what has been tried. */
interface Next {
  readonly request: CompletionRequest
  readonly isLonger: boolean
  readonly isRepaired: boolean
}

function afterFailure(now: Next, failure: ModelFailure, spent: Spent): Next | Asked {
  const canAgain = failure.code === 'form_refused' && spent.calls < MOST_CALLS
  return canAgain ? now : { kind: 'failure', failure, spent }
}

function afterAnswer(now: Next, answer: Completion, spent: Spent): Next | Asked {
  const { request, isLonger, isRepaired } = now
  const hasCalls = spent.calls < MOST_CALLS
  if (answer.finish === 'refused') return { kind: 'unusable', why: 'the model refused to answer', spent }
  if (answer.finish === 'length') {
    if (isLonger || !hasCalls) return { kind: 'unusable', why: 'the answer is longer than twice `max_tokens`', spent }
    return { ...now, isLonger: true, request: { ...request, maxTokens: 2 * request.maxTokens } }
  }
  const read = readReply(answer.text)
  if (read.ok) return { kind: 'reply', reply: read.value, spent }
  if (isRepaired || !hasCalls) return { kind: 'unusable', why: read.reason, spent }
  return { ...now, isRepaired: true, request: repairOf(request, answer, read.reason) }
}

const MOST_QUOTED = 2000

function repairOf(request: CompletionRequest, { text }: Completion, reason: string): CompletionRequest {
  const messages = [
    ...request.messages,
    { role: 'assistant' as const, content: text.slice(0, MOST_QUOTED) || '(empty)' },
    {
      role: 'user' as const,
      content: `That answer is not valid: ${reason}. Answer again with the JSON object only.`,
    },
  ]
  return { ...request, messages }
}

type Called =
  | Extract<Asked, { kind: 'no-budget' }>
  | { readonly kind: 'called'; readonly answer: Completion | ModelFailure; readonly spent: Spent }

async function callOnce(
  { model, price, caps, spending }: Asking,
  request: CompletionRequest,
  before: Spent,
): Promise<Called> {
  const most = maxTokensOf(request)
  const reserved = { nano: costOf(price, most.input, most.output), tokens: most.input + most.output }
  const asked = spending.reserve({ ...reserved, calls: 1, actions: 0 }, caps)
  if (asked.kind !== 'reserved') {
    const cap = asked.kind === 'refused' ? asked.cap : null
    const why = asked.kind === 'refused' ? capText(asked.cap) : asked.message
    return { kind: 'no-budget', why, cap, spent: before }
  }
  const answer = await model.complete(request)
  const used = usedBy(answer, request, price)
  // If a failed call may have cost something, its reservation remains.
  if (used !== null) spending.settle(asked.id, used)
  const { nano, tokens } = used ?? reserved
  const spent = { calls: before.calls + 1, nano: before.nano + nano, tokens: before.tokens + tokens }
  return { kind: 'called', answer, spent }
}

function usedBy(
  answer: Completion | ModelFailure,
  request: CompletionRequest,
  price: Asking['price'],
): Omit<Spent, 'calls'> | null {
  if (!answer.ok) return answer.mayCost ? null : { nano: 0, tokens: 0 }
  const { input, output } = chargedTokens(request, answer.usage, answer.text)
  return { nano: costOf(price, input, output), tokens: input + output }
}
