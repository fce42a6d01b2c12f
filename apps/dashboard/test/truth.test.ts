import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SeriesBuckets, WireSeriesPoints, WireSeriesStats, WireSeriesWindow } from '../src/shared/wire.ts'
import { ask, dashboard, emptyRun, seeded, temporaryRoot } from './fixture.ts'

const RUNS = 10
const METRICS = 20
const ZOOMS = 20

test('for 200 random series, every number at each of 20 zooms matches a plain loop over the lines', async () => {
  const root = temporaryRoot()
  const runs = Array.from({ length: RUNS }, (_, i) => {
    const dir = emptyRun(root, `run-${i}`)
    const lines = randomLines(seeded(i + 1))
    writeFileSync(join(dir, 'hotcb.metrics.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    return { id: `run-${i}`, lines }
  })
  const site = await dashboard({ roots: [root] })
  let checked = 0
  for (const [i, { id, lines }] of runs.entries()) {
    const random = seeded(1000 + i)
    for (let metric = 0; metric < METRICS; metric++) {
      const name = `m${metric}`
      const points = pointsOf(lines, name)
      const zooms = Array.from({ length: ZOOMS }, (_, at) => ({ name, ...randomZoom(random, points, at) }))
      const send = async <Answer>(what: string, requests: readonly object[]): Promise<Answer[]> => {
        const { status, body } = await ask(site, `/api/runs/${id}/metrics/${what}`, { json: { requests } })
        expect(status).toBe(200)
        return Object.values(body as Record<string, Answer[]>)[0] ?? []
      }
      const windows = await send<WireSeriesWindow>(
        'windows',
        zooms.map(({ name, from, to, pixels, ema }) => ({ name, from, to, pixels, ema })),
      )
      const stats = await send<WireSeriesStats>(
        'stats',
        zooms.map(({ name, from, to, parts }) => ({ name, from, to, parts })),
      )
      const around = await send<WireSeriesPoints>(
        'around',
        zooms.map(({ name, from, count }) => ({ name, step: from ?? 7, points: count })),
      )
      for (const [at, zoom] of zooms.entries()) {
        checkWindow(windows[at], points, zoom)
        checkStats(stats[at], points, zoom)
        checkAround(around[at], points, zoom)
        checked++
      }
    }
  }
  expect(checked).toBe(4000)
})

interface Line {
  readonly step: number
  readonly wall_time?: number
  readonly metrics: Readonly<Record<string, number | null>>
}

interface Point {
  readonly step: number
  readonly value: number | null
  readonly time: number | null
}

interface Zoom {
  readonly from: number | null
  readonly to: number | null
  readonly pixels: number
  readonly ema: { readonly weight: number; readonly per: 'point' | 'step' }
  readonly parts: readonly (readonly [number, number])[]
  readonly count: number
}

/** Lines like those of training runs: rewound to an earlier step, with repeated and missing steps, and values of any shape. */
function randomLines(random: () => number): Line[] {
  const shapes = Array.from({ length: METRICS }, () => ({
    share: random() < 0.5 ? 1 : random() ** 2,
    gaps: random() < 0.5 ? 0 : random() * 0.4,
    size: 10 ** Math.floor(random() * 24 - 12),
    kind: Math.floor(random() * 4),
  }))
  const count = 20 + Math.floor(random() ** 2 * 3000)
  const stride = 1 + Math.floor(random() * 20)
  const isSteady = random() < 0.3
  let step = 0
  return Array.from({ length: count }, (_, at) => {
    const chance = isSteady ? 1 : random()
    if (chance < 0.005) step = Math.max(0, step - Math.floor(random() * stride * 200))
    else if (chance > 0.03) step += isSteady ? stride : 1 + Math.floor(random() * stride)
    const metrics: Record<string, number | null> = {}
    for (const [i, { share, gaps, size, kind }] of shapes.entries()) {
      if (random() > share) continue
      metrics[`m${i}`] = random() < gaps ? null : shapedValue(kind, at / count, random) * size
    }
    return random() < 0.9 ? { step, wall_time: 1.7e9 + at * 0.25, metrics } : { step, metrics }
  })
}

function shapedValue(kind: number, progress: number, random: () => number): number {
  // Skewed like losses and gradient norms: most values are small, a few are a thousand times as large.
  if (kind === 0) return Math.exp(8 * random() ** 8) * (1 - progress / 2)
  if (kind === 1) return 3
  return kind === 2 ? random() - 0.5 : 1e6 + random()
}

/** The points of a metric, computed by the plain loop. If a step is repeated, its last line counts. */
function pointsOf(lines: readonly Line[], name: string): Point[] {
  const found = new Map<number, Point>()
  for (const { step, wall_time, metrics } of lines) {
    const value = metrics[name]
    if (value !== undefined) found.set(step, { step, value, time: wall_time ?? null })
  }
  return [...found.values()].sort((a, b) => a.step - b.step)
}

function randomZoom(random: () => number, points: readonly Point[], at: number): Zoom {
  const first = points[0]?.step ?? 0
  const width = (points.at(-1)?.step ?? 0) - first
  const from = first + (random() * 1.2 - 0.1) * width
  // Every size from the whole run down to a few points.
  const span = width * 0.6 ** at
  const isWhole = at === 0
  const onStep = random() < 0.3 ? Math.round(from) : from
  const low = random()
  return {
    from: isWhole ? null : onStep,
    to: isWhole || random() < 0.1 ? null : onStep + span,
    pixels: 1 + Math.floor(random() * 150),
    ema: { weight: [0, 0.5, 0.9, 0.99][Math.floor(random() * 4)] ?? 0, per: random() < 0.5 ? 'point' : 'step' },
    parts: [
      [0, 0.05],
      [low, low + (1 - low) * random()],
    ],
    count: 1 + Math.floor(random() * 80),
  }
}

function checkWindow(window: WireSeriesWindow | undefined, points: readonly Point[], zoom: Zoom): void {
  const { from, to } = rangeOf(points, zoom)
  const inside = points.filter(({ step }) => step >= from && step <= to)
  const groups = groupsOf(inside, from, to, zoom.pixels)
  expect(window).toMatchObject({ count: inside.length, complete: true })
  if (window === undefined) return
  checkBuckets(window.buckets, groups)
  if (points.length === 0) {
    expect(window.ema).toBeNull()
    return
  }
  const averages = averagesOf(points, zoom.ema)
  const grouped = groups.map((group) => group.map(({ step }) => averages.get(step) ?? null).filter(isNumber))
  expect(window.ema?.last).toEqual(grouped.map((group) => group.at(-1) ?? null))
  for (const [i, group] of grouped.entries()) expectMean(window.ema?.mean[i], group)
  expect(window.ema?.end.value).toBe([...averages.values()].filter(isNumber).at(-1) ?? 0)
}

function checkBuckets(buckets: SeriesBuckets, groups: readonly (readonly Point[])[]): void {
  const { mean, ...others } = buckets
  expect(others).toEqual({
    first_step: groups.map((group) => group[0]?.step),
    last_step: groups.map((group) => group.at(-1)?.step),
    count: groups.map((group) => group.length),
    gaps: groups.map((group) => group.filter(({ value }) => value === null).length),
    min: groups.map((group) => extreme(group, Math.min)),
    max: groups.map((group) => extreme(group, Math.max)),
    first: groups.map((group) => group[0]?.value),
    last: groups.map((group) => group.at(-1)?.value),
  })
  for (const [i, group] of groups.entries()) expectMean(mean[i], finiteOf(group))
}

function checkStats(stats: WireSeriesStats | undefined, points: readonly Point[], zoom: Zoom): void {
  const { from, to } = rangeOf(points, zoom)
  const inside = points.filter(({ step }) => step >= from && step <= to)
  const [first, last] = [inside[0], inside.at(-1)]
  const at = (value: number | null) =>
    value === null ? null : { step: inside.find((point) => point.value === value)?.step, value }
  expect(stats).toMatchObject({
    complete: true,
    count: inside.length,
    gaps: inside.length - finiteOf(inside).length,
    min: at(extreme(inside, Math.min)),
    max: at(extreme(inside, Math.max)),
    first: first === undefined ? null : { step: first.step, value: first.value },
    last: last === undefined ? null : { step: last.step, value: last.value },
    first_time: first?.time ?? null,
    last_time: last?.time ?? null,
  })
  expectMean(stats?.mean, finiteOf(inside))
  for (const [i, [start, end]] of zoom.parts.entries()) {
    const begin = Math.min(Math.floor(inside.length * start), Math.max(0, inside.length - 1))
    expectMean(stats?.parts[i], finiteOf(inside.slice(begin, Math.max(begin + 1, Math.ceil(inside.length * end)))))
  }
}

function checkAround(around: WireSeriesPoints | undefined, points: readonly Point[], { from, count }: Zoom): void {
  const step = from ?? 7
  const finite = points.filter(({ value }) => value !== null)
  const expected = [
    ...finite.filter((point) => point.step < step).slice(-count),
    ...points.filter((point) => point.step === step),
    ...finite.filter((point) => point.step > step).slice(0, count),
  ]
  expect(around).toMatchObject({
    steps: expected.map((point) => point.step),
    values: expected.map((point) => point.value),
    times: expected.map((point) => point.time),
  })
}

function rangeOf(points: readonly Point[], { from, to }: Zoom): { readonly from: number; readonly to: number } {
  return { from: from ?? points[0]?.step ?? 0, to: to ?? points.at(-1)?.step ?? 0 }
}

/** Equal buckets, of which the last one includes both ends. A few points have one bucket each. */
function groupsOf(inside: readonly Point[], from: number, to: number, pixels: number): Point[][] {
  if (inside.length <= pixels) return inside.map((point) => [point])
  const width = (to - from) / pixels
  const groups = new Map<number, Point[]>()
  for (const point of inside) {
    let bucket = pixels - 1
    while (bucket > 0 && point.step < from + bucket * width) bucket--
    groups.set(bucket, [...(groups.get(bucket) ?? []), point])
  }
  return [...groups.values()]
}

/** The average after each point. Every earlier value is weighted by its distance in points or steps. */
function averagesOf(points: readonly Point[], { weight, per }: Zoom['ema']): Map<number, number | null> {
  const averages = new Map<number, number | null>()
  let average = 0
  let weights = 0
  let before = 0
  for (const { step, value } of points) {
    if (value === null) {
      averages.set(step, null)
      continue
    }
    weights = weights === 0 ? 1 : weights * weight ** (per === 'step' ? step - before : 1) + 1
    average = weights === 1 ? value : average * (1 - 1 / weights) + value * (1 / weights)
    before = step
    averages.set(step, average)
  }
  return averages
}

function extreme(points: readonly Point[], of: (...values: number[]) => number): number | null {
  const finite = finiteOf(points)
  return finite.length === 0 ? null : of(...finite)
}

function finiteOf(points: readonly Point[]): number[] {
  return points.map(({ value }) => value).filter(isNumber)
}

function isNumber(value: number | null): value is number {
  return value !== null
}

/** A mean equals that of the plain loop, except for the order of the additions. */
function expectMean(got: number | null | undefined, values: readonly number[]): void {
  if (values.length === 0) {
    expect(got).toBeNull()
    return
  }
  const plain = values.reduce((sum, value) => sum + value, 0) / values.length
  const slack = 1e-13 * values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  if (!(Math.abs((got ?? Number.NaN) - plain) <= slack)) expect(got).toBe(plain)
}
