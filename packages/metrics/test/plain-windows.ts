import { createSeries, type Series } from '../src/history/series.ts'
import type { Buckets } from '../src/history/window.ts'

import { seeded } from './judge/seeded.ts'

// Series for tests, and windows and averages computed by plain loops.

/** A curve with uneven steps, repeated extremes and, unless `gapEvery` is 0, values that are not finite. */
export function course(length: number, gapEvery = 7): [number, number][] {
  const random = seeded(length + 1)
  let step = -3
  return Array.from({ length }, (_, at): [number, number] => {
    step += 1 + Math.floor(random() * 3)
    const isGap = gapEvery > 0 && (at % gapEvery === 3 || (at > 40 && at < 80))
    return [step, isGap ? Number.NaN : Math.round(random() * 40) - 20 + at / 500]
  })
}

export function seriesOf(points: readonly (readonly [number, number])[]): Series {
  return createSeries(
    Float64Array.from(points, ([at]) => at),
    Float64Array.from(points, ([, v]) => v),
    Float64Array.from(points, ([at]) => at + 0.5),
  )
}

/** Returns the average after each point, by the plain recurrence. */
export function naiveEma(
  points: Group,
  { weight, per }: { readonly weight: number; readonly per: 'point' | 'step' },
): Group {
  let average = 0
  let weights = 0
  let before = 0
  return points.map(([at, v]) => {
    if (Number.isNaN(v)) return [at, v]
    weights = weights === 0 ? 1 : weights * weight ** (per === 'step' ? at - before : 1) + 1
    average = weights === 1 ? v : average * (1 - 1 / weights) + v * (1 / weights)
    before = at
    return [at, average]
  })
}

export function pairs(of: Pick<Series, 'steps' | 'values'>): number[][] {
  return Array.from(of.steps, (at, place) => [at, of.values[place] ?? Number.NaN])
}

/** The numbers of one bucket, by their names in {@link Buckets}. */
export type BucketRow = Readonly<Record<string, number | undefined>>

export function rowsOf(buckets: Buckets): BucketRow[] {
  return Array.from(buckets.count, (count, at) => ({
    firstStep: buckets.firstStep[at],
    lastStep: buckets.lastStep[at],
    min: buckets.min[at],
    max: buckets.max[at],
    minStep: buckets.minStep[at],
    maxStep: buckets.maxStep[at],
    gapStep: buckets.gapStep[at],
    first: buckets.first[at],
    last: buckets.last[at],
    count,
    gaps: buckets.gaps[at],
  }))
}

export type Group = readonly (readonly [number, number])[]

export function naiveGroups(points: Group, from: number, to: number, pixels: number): Group[] {
  const inside = points.filter(([at]) => at >= from && at <= to)
  const groups = new Map<number, (readonly [number, number])[]>()
  for (const [place, point] of inside.entries()) {
    let bucket = place
    if (inside.length > pixels) {
      bucket = pixels - 1
      while (bucket > 0 && point[0] < from + bucket * ((to - from) / pixels)) bucket--
    }
    const known = groups.get(bucket)
    if (known === undefined) groups.set(bucket, [point])
    else known.push(point)
  }
  return [...groups.values()]
}

export function finiteOf(group: Group): number[] {
  return group.map(([, v]) => v).filter((v) => !Number.isNaN(v))
}

export function naiveRows(groups: readonly Group[]): BucketRow[] {
  return groups.map((group) => {
    const finite = finiteOf(group)
    const stepOf = (wanted: number) => group.find(([, v]) => v === wanted)?.[0] ?? Number.NaN
    return {
      minStep: stepOf(Math.min(...finite)),
      maxStep: stepOf(Math.max(...finite)),
      gapStep: group.find(([, v]) => Number.isNaN(v))?.[0] ?? Number.NaN,
      firstStep: group[0]?.[0],
      lastStep: group.at(-1)?.[0],
      min: finite.length === 0 ? Number.NaN : Math.min(...finite),
      max: finite.length === 0 ? Number.NaN : Math.max(...finite),
      first: group[0]?.[1],
      last: group.at(-1)?.[1],
      count: group.length,
      gaps: group.length - finite.length,
    }
  })
}
