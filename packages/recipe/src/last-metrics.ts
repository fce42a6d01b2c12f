import type { MetricRecord } from '@hotcb/protocol'

/** The final values of a run's metrics at one step. */
export interface StepMetrics {
  readonly step: number
  readonly metrics: ReadonlyMap<string, number | null>
}

/**
 * Yields the metrics of a run in step order, without ghosts, which are values that a later line for the same step and
 * name replaces.
 *
 * Memory is bounded by the values of one step times the number of ascending sequences (chains) into which the file's
 * steps can be divided: one if the steps never go back, two after any number of restarts slightly before the last step.
 *
 * @param records The records. They are iterated once per chain and one more time. Pass an array, or an object whose
 *   iterator reopens the file; a generator does not work.
 */
export function* lastMetrics(records: Iterable<MetricRecord>): Generator<StepMetrics> {
  const chains = countChains(records)
  const heads = Array.from({ length: chains }, (_, i) => createHead(records, i))
  try {
    for (;;) {
      let step = Number.POSITIVE_INFINITY
      for (const head of heads) step = Math.min(step, head.step())
      if (step === Number.POSITIVE_INFINITY) return
      const found = heads.flatMap((head) => head.take(step))
      // The last line for a value is the one with the highest line number in the file, whatever its chain.
      found.sort((a, b) => a.line - b.line)
      const metrics = new Map<string, number | null>()
      for (const { record } of found) {
        for (const name in record.metrics) metrics.set(name, record.metrics[name] ?? null)
      }
      yield { step, metrics }
    }
  } finally {
    for (const head of heads) head.close()
  }
}

interface Numbered {
  readonly line: number
  readonly record: MetricRecord
}

// Reads the records of one chain in order, one step at a time.
interface Head {
  /** Step of the next record; Infinity at the end. */
  step(): number
  /** Removes and returns the records of a step. */
  take(step: number): readonly Numbered[]
  close(): void
}

function createHead(records: Iterable<MetricRecord>, chain: number): Head {
  const iterator = chainOf(records, chain)
  let next = iterator.next()
  return {
    step: () => (next.done === true ? Number.POSITIVE_INFINITY : next.value.record.step),
    take(step) {
      const taken: Numbered[] = []
      for (; next.done !== true && next.value.record.step === step; next = iterator.next()) taken.push(next.value)
      return taken
    },
    close: () => void iterator.return(undefined),
  }
}

function* chainOf(records: Iterable<MetricRecord>, chain: number): Generator<Numbered, undefined> {
  const place = createPlacer()
  let line = 0
  for (const record of records) {
    line++
    if (place(record.step) === chain) yield { line, record }
  }
}

function countChains(records: Iterable<MetricRecord>): number {
  const once: unknown = records[Symbol.iterator]()
  if (once === records) {
    throw new TypeError(
      'metric records must be iterable more than once: pass an array, or an object that reopens its file',
    )
  }
  const place = createPlacer()
  let chains = 0
  for (const { step } of records) chains = Math.max(chains, place(step) + 1)
  return chains
}

// Uses patience sorting: a step goes to the chain with the highest end that is not above it. This results in the fewest
// ascending chains (Fredman 1975), with their ends in descending order.
function createPlacer(): (step: number) => number {
  const ends: number[] = []
  return (step) => {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? 0) <= step) high = middle
      else low = middle + 1
    }
    ends[low] = step
    return low
  }
}
