import { isObject, ok, type Result, refused, show } from '@hotcb/protocol'
import type { NanoUsd } from './money.ts'

/** A price in dollars per million tokens. */
export interface Price {
  readonly input: number
  readonly output: number
}

/** Prices by model name. */
export type PriceTable = Readonly<Record<string, Price>>

/**
 * The date of these prices. They come from the vendors' price lists and may have changed. A user's own table takes
 * precedence.
 */
export const PRICES_DATED = '2026-11-01'

export const PRICES: PriceTable = {
  'gpt-4o-mini': { input: 0.15, output: 0.6 },
  'gpt-4o': { input: 2.5, output: 10 },
  'gpt-4.1': { input: 2, output: 8 },
  'gpt-4.1-mini': { input: 0.4, output: 1.6 },
  'gpt-4.1-nano': { input: 0.1, output: 0.4 },
  'claude-haiku-4-5': { input: 1, output: 5 },
  'claude-sonnet-4-5': { input: 3, output: 15 },
}

export const FREE: Price = { input: 0, output: 0 }

/** Returns the price of a model, looked up by its name, or by its name without the date at the end. */
export function priceOf(table: PriceTable, model: string): Price | undefined {
  const bare = model.replace(/-(\d{8}|\d{4}-\d{2}-\d{2})$/, '')
  if (Object.hasOwn(table, model)) return table[model]
  return Object.hasOwn(table, bare) ? table[bare] : undefined
}

/** Returns the cost of a number of tokens, rounded up to a whole billionth of a dollar. */
export function costOf(price: Price, input: number, output: number): NanoUsd {
  // A price has at most six decimal places.
  return Math.ceil((input * Math.round(price.input * 1e6) + output * Math.round(price.output * 1e6)) / 1e3)
}

/** Parses the prices that a user wrote: `{model: {input: 0.15, output: 0.6}}`, in dollars per million tokens. */
export function readPrices(value: unknown, field = 'prices'): Result<PriceTable> {
  if (value === undefined || value === null) return ok({})
  if (!isObject(value)) return refused(`\`${field}\` must be a mapping of models, got ${show(value)}`)
  const table: Record<string, Price> = {}
  for (const [model, price] of Object.entries(value)) {
    const { input, output, ...others } = isObject(price) ? price : {}
    if (!isPrice(input) || !isPrice(output) || Object.keys(others).length > 0) {
      return refused(
        `\`${field}.${model}\` must be like {input: 0.15, output: 0.6}, in dollars per million tokens, got ${show(price)}`,
      )
    }
    table[model] = { input, output }
  }
  return ok(table)
}

function isPrice(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 100_000
}
