/** Reads a token count that an endpoint reports; null if it is not a valid count. */
export function tokensIn(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}
