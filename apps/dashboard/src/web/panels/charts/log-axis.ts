import uPlot from 'uplot'

// Within one power of ten, a log axis has too few ticks (1, 2, ... 9, 10) to read a value, and its range would be the whole power. In
// that case, the range and the ticks are those of a linear axis, while distances stay logarithmic.

/** Returns the range of a log axis. */
export function logRange(_: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax {
  if (min === null || max === null || !(min > 0)) return [0.1, 10]
  if (!isNarrow(min, max)) return uPlot.rangeLog(min, max, 10, true)
  const edge = max > min ? (max - min) * 0.1 : max * 0.01
  // The lower limit never reaches 0, which a log axis cannot show.
  return [Math.max(min / 2, min - edge), max + edge]
}

/** Returns the ticks of a log axis between its limits. */
export function logSplits(_plot: uPlot, _axis: number, min: number, max: number): number[] {
  if (isNarrow(min, max)) return evenTicks(min, max)
  const ticks: number[] = []
  for (let power = Math.ceil(Math.log10(min) - SLACK); power <= Math.log10(max) + SLACK; power++)
    ticks.push(10 ** power)
  // If the chart spans only a few powers of ten, ticks at 2 and 5 are added.
  if (ticks.length > MANY) return ticks
  return ticks
    .flatMap((tick) => [tick / 5, tick / 2, tick])
    .concat(ticks.length === 0 ? [] : [(ticks.at(-1) ?? 1) * 2, (ticks.at(-1) ?? 1) * 5])
    .filter((tick) => tick >= min * (1 - SLACK) && tick <= max * (1 + SLACK))
}

function isNarrow(min: number, max: number): boolean {
  return max / min < 10
}

/** Multiples of 1, 2 or 5 times a power of ten, about five in total. */
function evenTicks(min: number, max: number): number[] {
  const rough = (max - min) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const stride = power * ([1, 2, 5].find((step) => step * power >= rough) ?? 10)
  const first = Math.ceil(min / stride)
  const count = Math.floor(max / stride) - first + 1
  return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * stride)
}

const SLACK = 1e-9
const MANY = 3
