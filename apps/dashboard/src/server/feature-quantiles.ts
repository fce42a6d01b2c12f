import type { FeatureRecord } from '@hotcb/protocol'
import { type LayerQuantiles, QUANTILES } from '../shared/media.ts'

const MOST_STEPS = 400

/** Returns each layer's quantiles at its steps. If several records have the same step, the last one counts. */
export function quantilesOfLayers(records: Iterable<FeatureRecord>): readonly LayerQuantiles[] {
  const layers = new Map<string, Map<number, readonly number[] | null>>()
  for (const { step, layer_name: layer, activations } of records) {
    const steps = layers.get(layer) ?? new Map<number, readonly number[] | null>()
    layers.set(layer, steps)
    steps.set(step, quantilesOf(activations.flat().filter((value) => value !== null)))
  }
  return [...layers].map(([layer, steps]) => {
    const rows = thinned([...steps].sort(([a], [b]) => a - b))
    return { layer, steps: rows.map(([step]) => step), quantiles: rows.map(([, quantiles]) => quantiles) }
  })
}

/** Returns the quantiles of values, interpolated linearly between neighbours; null without values. */
export function quantilesOf(values: readonly number[]): readonly number[] | null {
  if (values.length === 0) return null
  const sorted = Float64Array.from(values).sort()
  return QUANTILES.map((share) => {
    const place = share * (sorted.length - 1)
    const low = Math.floor(place)
    const [below, above] = [sorted[low] ?? 0, sorted[Math.min(low + 1, sorted.length - 1)] ?? 0]
    return below + (above - below) * (place - low)
  })
}

/** Keeps every n-th row and the last one, so that there are no more than a chart can show. */
function thinned<Row>(rows: readonly Row[]): readonly Row[] {
  const stride = Math.ceil(rows.length / MOST_STEPS)
  return rows.filter((_, at) => at % stride === 0 || at === rows.length - 1)
}
