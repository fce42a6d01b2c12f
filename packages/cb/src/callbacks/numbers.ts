/** Formats a number with up to four significant digits, for lines that people read. */
function short(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  return String(Number(value.toPrecision(4)))
}

/** Formats named numbers: `a=1 b=2`. */
export function pairs(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${short(value)}`)
    .join(' ')
}
