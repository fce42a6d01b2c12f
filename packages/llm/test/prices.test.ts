import { expect, test } from 'vitest'
import { chargedTokens, costOf, maxTokensOf, nanoUsd, PRICES, priceOf, readPrices, showUsd } from '../src/index.ts'

test('the cost of a call is exactly its tokens times their prices', () => {
  expect(costOf({ input: 0.15, output: 0.6 }, 1_000_000, 1_000_000)).toBe(nanoUsd(0.75))
  expect(costOf({ input: 0.15, output: 0.6 }, 1, 0)).toBe(150)
  expect(costOf({ input: 0.0001, output: 0 }, 1, 0)).toBe(1)
  let sum = 0
  for (let i = 0; i < 100_000; i++) sum += costOf({ input: 0.1, output: 0.3 }, 1, 1)
  expect(sum).toBe(nanoUsd(0.04))
})

test('money is shown to the cent, and amounts below a cent in full', () => {
  expect([0, 0.01, 1.5, 0.000123, 12.345].map((usd) => showUsd(nanoUsd(usd)))).toEqual([
    ...['$0.00', '$0.01', '$1.50', '$0.000123', '$12.35'],
  ])
})

test('a model name that ends with a date has the price of the name without the date', () => {
  expect(priceOf(PRICES, 'gpt-4o-mini-2024-07-18')).toEqual(PRICES['gpt-4o-mini'])
  expect(priceOf(PRICES, 'claude-haiku-4-5-20251001')).toEqual(PRICES['claude-haiku-4-5'])
  expect(['llama', 'gpt-4o-minimal', 'gpt-4o-20250101-mini', '__proto__'].map((name) => priceOf(PRICES, name))).toEqual(
    [...[undefined, undefined, undefined, undefined]],
  )
})

test("a user's prices are read, and the message about a mistake shows a valid value", () => {
  expect(readPrices({ mine: { input: 1, output: 2 } })).toEqual({ ok: true, value: { mine: { input: 1, output: 2 } } })
  for (const wrong of [
    5,
    { mine: 3 },
    { mine: { input: -1, output: 2 } },
    { mine: { input: 1, output: 2, more: 3 } },
  ]) {
    expect(readPrices(wrong)).toMatchObject({ ok: false })
  }
  expect(readPrices({ m: 3 })).toEqual({
    ok: false,
    reason: '`prices.m` must be like {input: 0.15, output: 0.6}, in dollars per million tokens, got 3',
  })
})

test('a reservation is enough for any tokenizer, and a reported count that is too low is replaced by an estimate', () => {
  const request = {
    system: 'é'.repeat(60),
    messages: [{ role: 'user' as const, content: 'x'.repeat(240) }],
    maxTokens: 50,
  }
  expect(maxTokensOf(request)).toEqual({ input: 360 + 64, output: 50 })
  expect(chargedTokens(request, { input: 100, output: 5 }, 'twelve bytes')).toEqual({ input: 100, output: 5 })
  expect(chargedTokens(request, { input: null, output: null }, 'twelve bytes')).toEqual({ input: 120, output: 4 })
  expect(chargedTokens(request, { input: 1, output: 0 }, 'twelve bytes')).toEqual({ input: 120, output: 4 })
  expect(chargedTokens(request, { input: 1e12, output: 5 }, '')).toEqual({ input: 1e12, output: 5 })
})
