import { expect, test } from 'vitest'
import { DEFAULT_AI } from '../../src/index.ts'
import { budgetLeft, capText } from '../../src/node/ai/budget-text.ts'

const USED = { nano: 1_500_000_000, nanoToday: 0, tokens: 300, calls: 4, actions: 1, reserved: 0 } as never
const NONE = { nano: null, nanoPerDay: null, tokens: null, calls: null, actions: null, minutes: null }

test('the description of the remaining budget has one part for each limit of the run', () => {
  const caps = { ...NONE, nano: 5_000_000_000, tokens: 1000, calls: 10, actions: 40 } as never
  expect(budgetLeft(caps, USED)).toBe('$3.50, 6 calls, 700 tokens, 39 actions')
  expect(budgetLeft({ ...DEFAULT_AI.caps, nano: null, actions: 1 } as never, USED)).toBe('0 actions')
  expect(budgetLeft({ ...NONE, calls: 3 } as never, USED)).toBe('0 calls')
  expect(budgetLeft(NONE as never, USED)).toBe('no limit')
})

test('each limit has its own message when it is used up', () => {
  const all = ['nano', 'nanoPerDay', 'tokens', 'calls', 'actions', 'minutes'] as const
  expect(all.map(capText)).toEqual([
    'the budget for this run is used up (`ai.budget.usd`)',
    'the budget for today is used up (`ai.budget.usd_per_day`)',
    'the tokens for this run are used up (`ai.budget.tokens`)',
    'the calls for this run are used up (`ai.budget.calls`)',
    'the actions for this run are used up (`ai.budget.actions`)',
    'the minutes for this run are used up (`ai.budget.minutes`)',
  ])
})
