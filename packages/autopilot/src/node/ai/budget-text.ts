import { type Caps, type SpendingTotals, showUsd } from '@hotcb/llm'

const CAP_TEXTS: Readonly<Record<keyof Caps, string>> = {
  nano: 'the money of this run is spent (`ai.budget.usd`)',
  nanoPerDay: 'the money of today is spent (`ai.budget.usd_per_day`)',
  tokens: 'the tokens of this run are used up (`ai.budget.tokens`)',
  calls: 'the calls of this run are used up (`ai.budget.calls`)',
  actions: 'the actions of this run are used up (`ai.budget.actions`)',
  minutes: 'the minutes of this run are over (`ai.budget.minutes`)',
}

/** Which limit of the budget has no room left, in words. */
export function capText(cap: keyof Caps): string {
  return CAP_TEXTS[cap]
}

/** The remaining budget, in words. */
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
