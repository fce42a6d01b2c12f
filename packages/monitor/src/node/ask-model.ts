import {
  type Caps,
  type Completion,
  type CompletionRequest,
  chargedTokens,
  costOf,
  type Model,
  type ModelFailure,
  maxTokensOf,
  type Price,
} from '@hotcb/llm'
import type { Spending } from '@hotcb/llm/node'
import { crashPoint } from '@hotcb/sweep/node'

/** The input for a model call. */
export interface ModelSetup {
  readonly model: Model
  readonly price: Price
  readonly caps: Caps
  readonly spending: Spending
}

/** The result of one call. */
export type Asked =
  | { readonly kind: 'answer'; readonly answer: Completion; readonly nano: number }
  | { readonly kind: 'failure'; readonly failure: ModelFailure; readonly nano: number }
  | { readonly kind: 'no-budget'; readonly why: string }

/** The names of the budget limits in the config. */
const CAPS: Readonly<Record<keyof Caps, string>> = {
  nano: 'usd',
  nanoPerDay: 'usd_per_day',
  tokens: 'tokens',
  calls: 'calls',
  actions: 'actions',
  minutes: 'minutes',
}

/** Calls a model once. The maximum cost is reserved before the call and replaced by the actual cost afterwards. */
export async function askOnce(
  { model, price, caps, spending }: ModelSetup,
  request: CompletionRequest,
): Promise<Asked> {
  const most = maxTokensOf(request)
  const reserved = { nano: costOf(price, most.input, most.output), tokens: most.input + most.output }
  const asked = spending.reserve({ ...reserved, calls: 1, actions: 0 }, caps)
  crashPoint('reserved')
  if (asked.kind === 'trouble') return { kind: 'no-budget', why: asked.message }
  if (asked.kind === 'refused') {
    return { kind: 'no-budget', why: `the budget does not allow another call (\`monitor.budget.${CAPS[asked.cap]}\`)` }
  }
  const answer = await model.complete(request)
  crashPoint('answered')
  if (!answer.ok) {
    // If a failed call may have cost something, its reservation remains.
    if (!answer.mayCost) spending.settle(asked.id, { nano: 0, tokens: 0 })
    return { kind: 'failure', failure: answer, nano: answer.mayCost ? reserved.nano : 0 }
  }
  const said = answer.calls.reduce((text, call) => text + call.name + call.arguments, answer.text)
  const { input, output } = chargedTokens(request, answer.usage, said)
  const nano = costOf(price, input, output)
  spending.settle(asked.id, { nano, tokens: input + output })
  crashPoint('settled')
  return { kind: 'answer', answer, nano }
}
