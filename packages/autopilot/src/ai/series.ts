/** The last values of the metrics of a run, by name. */
export interface SeriesStore {
  take(step: number, metrics: Readonly<Record<string, unknown>>): void
  names(): readonly string[]
  /** Steps and values in order; those that are not finite are left out. */
  of(name: string): Series
}

export interface Series {
  readonly steps: readonly number[]
  readonly values: readonly number[]
  /** Values that were not finite. */
  readonly missing: number
}

const MOST_METRICS = 200
const MOST_VALUES = 500

export function createSeriesStore(): SeriesStore {
  const all = new Map<string, Slot>()
  const slotOf = (name: string): Slot | undefined => {
    const known = all.get(name)
    if (known !== undefined || all.size >= MOST_METRICS) return known
    const slot: Slot = { steps: [], values: [], missing: 0 }
    all.set(name, slot)
    return slot
  }
  return {
    take(step, metrics) {
      for (const [name, value] of Object.entries(metrics)) {
        const slot = typeof value === 'number' || value === null ? slotOf(name) : undefined
        if (slot !== undefined) push(slot, step, Number(value ?? Number.NaN))
      }
    },
    names: () => [...all.keys()],
    of: (name) => all.get(name) ?? NOTHING,
  }
}

interface Slot {
  readonly steps: number[]
  readonly values: number[]
  missing: number
}

function push(slot: Slot, step: number, value: number): void {
  const { steps, values } = slot
  // A rewound run replaces what it trains again.
  while ((steps.at(-1) ?? -1) >= step) {
    steps.pop()
    values.pop()
  }
  if (!Number.isFinite(value)) {
    slot.missing++
    return
  }
  steps.push(step)
  values.push(value)
  if (steps.length > 2 * MOST_VALUES) {
    steps.splice(0, MOST_VALUES)
    values.splice(0, MOST_VALUES)
  }
}

const NOTHING: Series = { steps: [], values: [], missing: 0 }
