/** Wilson's 95 % interval for `hits` of `total`, as two fractions. */
export function wilson(hits, total) {
  if (total === 0) return [0, 1]
  const z = 1.959964
  const share = hits / total
  const middle = share + z ** 2 / (2 * total)
  const half = z * Math.sqrt((share * (1 - share) + z ** 2 / (4 * total)) / total)
  const whole = 1 + z ** 2 / total
  return [(middle - half) / whole, (middle + half) / whole]
}
