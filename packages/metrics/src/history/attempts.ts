import { createSeries, type Ghost, isRising, type Series } from './series.ts'

/** One metric's points in file order, each with the index of its record. */
export interface RawPoints {
  readonly steps: Float64Array
  readonly values: Float64Array
  /** Epoch seconds; NaN if a record has no time. Undefined if no times are known. */
  readonly times?: Float64Array | undefined
  /** The index of each point's record among the file's records, ascending. */
  readonly records: Uint32Array
}

/** A metric as readers see it: for each step, the last line counts. Replaced values are kept, grouped by attempt. */
export interface LiveSeries {
  readonly series: Series
  readonly ghosts: readonly Ghost[]
}

/**
 * Builds the series and the ghosts (values of earlier attempts that were replaced) of one metric.
 *
 * @param seams Indices of the records at which steps went back, ascending: attempt k + 1 starts at `seams[k]`. A point that was
 * overwritten in its own attempt is dropped; a point that was overwritten by a later attempt is a ghost.
 */
export function resolveAttempts(points: RawPoints, seams: readonly number[]): LiveSeries {
  const { steps, values, times } = points
  if (isRising(steps)) return { series: createSeries(steps, values, times), ghosts: [] }
  const superseded = new Uint8Array(steps.length)
  const order = mergeRuns(steps, superseded)
  return { series: pick(points, order), ghosts: ghostsOf(points, order, superseded, seams) }
}

/**
 * Returns the indices of the valid points, by step. The ascending runs in the file are merged pairwise. Among equal steps, the later one
 * is kept, and the others are marked as superseded.
 */
function mergeRuns(steps: Float64Array, superseded: Uint8Array): Uint32Array {
  let runs = risingRuns(steps, superseded)
  while (runs.length > 1) {
    const merged: Uint32Array[] = []
    for (let at = 0; at < runs.length; at += 2) {
      const [early, late] = [runs[at], runs[at + 1]]
      if (early !== undefined) merged.push(late === undefined ? early : mergeTwo(steps, early, late, superseded))
    }
    runs = merged
  }
  return runs[0] ?? new Uint32Array(0)
}

/** Returns indices with ascending steps, run by run. Among consecutive equal steps, the last is used. */
function risingRuns(steps: Float64Array, superseded: Uint8Array): Uint32Array[] {
  const runs: Uint32Array[] = []
  const run = new Uint32Array(steps.length)
  let length = 0
  for (let at = 0; at < steps.length; at++) {
    const before = at === 0 ? Number.NEGATIVE_INFINITY : (steps[at - 1] ?? 0)
    const step = steps[at] ?? 0
    if (step < before) {
      runs.push(run.slice(0, length))
      length = 0
    } else if (step === before && length > 0) {
      superseded[at - 1] = 1
      length--
    }
    run[length++] = at
  }
  runs.push(run.slice(0, length))
  return runs
}

function mergeTwo(steps: Float64Array, early: Uint32Array, late: Uint32Array, superseded: Uint8Array): Uint32Array {
  const merged = new Uint32Array(early.length + late.length)
  let length = 0
  let a = 0
  let b = 0
  while (a < early.length && b < late.length) {
    const left = early[a] ?? 0
    const right = late[b] ?? 0
    const difference = (steps[left] ?? 0) - (steps[right] ?? 0)
    if (difference < 0) {
      merged[length++] = left
      a++
    } else {
      if (difference === 0) {
        superseded[left] = 1
        a++
      }
      merged[length++] = right
      b++
    }
  }
  merged.set(early.subarray(a), length)
  length += early.length - a
  merged.set(late.subarray(b), length)
  return merged.subarray(0, length + late.length - b)
}

function pick(points: RawPoints, order: Uint32Array): Series {
  const steps = new Float64Array(order.length)
  const values = new Float64Array(order.length)
  const times = points.times === undefined ? undefined : new Float64Array(order.length)
  for (let at = 0; at < order.length; at++) {
    const from = order[at] ?? 0
    steps[at] = points.steps[from] ?? 0
    values[at] = points.values[from] ?? Number.NaN
    if (times !== undefined) times[at] = points.times?.[from] ?? Number.NaN
  }
  return createSeries(steps, values, times)
}

function ghostsOf(
  points: RawPoints,
  standing: Uint32Array,
  superseded: Uint8Array,
  seams: readonly number[],
): readonly Ghost[] {
  if (standing.length === points.steps.length) return []
  const ghosts: Ghost[] = []
  let attempt = 0
  let places: number[] = []
  const close = () => {
    // Among equal steps in one attempt, only the last becomes a ghost, if a later attempt superseded it.
    const last = new Map(places.map((place) => [points.steps[place] ?? 0, place]))
    const kept = [...last].filter(([step]) => !writtenIn(points, standing, step, attempt, seams))
    const order = Uint32Array.from(kept.sort((a, b) => a[0] - b[0]).map(([, place]) => place))
    if (order.length > 0) ghosts.push({ attempt, series: pick(points, order) })
    places = []
  }
  for (let at = 0; at < points.steps.length; at++) {
    while (attempt < seams.length && (points.records[at] ?? 0) >= (seams[attempt] ?? 0)) {
      if (places.length > 0) close()
      attempt++
    }
    if (superseded[at] === 1) places.push(at)
  }
  if (places.length > 0) close()
  return ghosts
}

/** Whether a step's valid point was written in the given attempt. */
function writtenIn(
  points: RawPoints,
  standing: Uint32Array,
  step: number,
  attempt: number,
  seams: readonly number[],
): boolean {
  let low = 0
  let high = standing.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((points.steps[standing[middle] ?? 0] ?? 0) < step) low = middle + 1
    else high = middle
  }
  const record = points.records[standing[low] ?? 0] ?? 0
  const start = attempt === 0 ? 0 : (seams[attempt - 1] ?? 0)
  return record >= start && record < (seams[attempt] ?? Number.POSITIVE_INFINITY)
}
