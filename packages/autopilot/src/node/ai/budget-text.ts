import { type Caps, type SpendingTotals, showUsd } from '@hotcb/llm'

const CAP_TEXTS: Readonly<Record<keyof Caps, string>> = {
  nano: 'the budget for this run is used up (`ai.budget.usd`)',
  nanoPerDay: 'the budget for today is used up (`ai.budget.usd_per_day`)',
  tokens: 'the tokens for this run are used up (`ai.budget.tokens`)',
  calls: 'the calls for this run are used up (`ai.budget.calls`)',
  actions: 'the actions for this run are used up (`ai.budget.actions`)',
  minutes: 'the minutes for this run are used up (`ai.budget.minutes`)',
}

/** Describes the budget limit that is used up. */
export function capText(cap: keyof Caps): string {
  return CAP_TEXTS[cap]
}

/** Describes the remaining budget. */
export function budgetLeft(caps: Caps, used: SpendingTotals): string {
  const left = (cap: number | null, sum: number, text: (value: number) => string): readonly string[] =>
    cap === null ? [] : [text(Math.max(0, cap - sum))]
  const parts = [
    ...left(caps.nano, used.nano, showUsd),
    ...left(caps.calls, used.calls, (count) => `${count} calls`),
    ...left(caps.tokens, used.tokens, (count) => `${count} tokens`),
    ...left(caps.actions, used.actions, (count) => `${count} actions`),
  ]
  return parts.length === 0 ? 'no limit' : parts.join(', ')
}
