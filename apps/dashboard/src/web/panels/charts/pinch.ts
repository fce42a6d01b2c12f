/**
 * The span of steps that keeps two steps under two fingers.
 *
 * @param steps The steps that were under the fingers when they came down.
 * @param places Where the fingers are now, in pixels from the left of the plot.
 * @param width Of the plot, in pixels.
 */
export function pinched(
  steps: readonly [number, number],
  places: readonly [number, number],
  width: number,
): readonly [from: number, to: number] {
  const apart = places[1] - places[0]
  // Two fingers on the same spot would give an infinite span.
  const pixels = Math.abs(apart) < 8 ? Math.sign(apart || 1) * 8 : apart
  const perPixel = Math.abs((steps[1] - steps[0]) / pixels)
  const from = steps[0] - places[0] * perPixel
  return [from, from + width * perPixel]
}
