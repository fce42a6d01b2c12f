/** A count of tokens as an endpoint reports it; null for what is none. */
export function tokensIn(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}
