/**
 * Returns the span that keeps two steps under two fingers.
 *
 * @param steps The steps under the fingers at the first touch.
 * @param places The current positions of the fingers, in pixels from the left of the plot.
 * @param width The width of the plot, in pixels.
 */
export function pinched(
  steps: readonly [number, number],
  places: readonly [number, number],
  width: number,
): readonly [from: number, to: number] {
  const apart = places[1] - places[0]
  // Two fingers in the same place would result in an infinite span.
  const pixels = Math.abs(apart) < 8 ? Math.sign(apart || 1) * 8 : apart
  const perPixel = Math.abs((steps[1] - steps[0]) / pixels)
  const from = steps[0] - places[0] * perPixel
  return [from, from + width * perPixel]
}
