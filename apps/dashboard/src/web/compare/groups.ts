import type { CompareFacts } from '../../shared/compare-wire.ts'
import { formatValue } from '../../shared/describe.ts'
import { type Line, valueAt } from './lines.ts'

/** How runs are grouped. `seed`: runs that differ only in their seed. `sweep`: runs in the same directory. */
export type Grouping = 'none' | 'tag' | 'sweep' | 'seed'

export const GROUPINGS: readonly Grouping[] = ['none', 'seed', 'sweep', 'tag']

/** Runs that one line represents. */
export interface RunGroup {
  readonly id: string
  readonly label: string
  readonly runs: readonly string[]
}

/** Groups runs, in the order of the first run of each group. A run with several tags is in several groups. */
export function groupRuns(facts: readonly CompareFacts[], grouping: Grouping): readonly RunGroup[] {
  const groups = new Map<string, { label: string; runs: string[] }>()
  const varying = grouping === 'seed' ? varyingParams(facts) : []
  for (const run of facts) {
    for (const { key, label } of keysOf(run, grouping, varying)) {
      const group = groups.get(key) ?? { label, runs: [] }
      group.runs.push(run.id)
      groups.set(key, group)
    }
  }
  return [...groups].map(([id, { label, runs }]) => ({ id, label, runs }))
}

function keysOf(
  { id, name, labels, params }: CompareFacts,
  grouping: Grouping,
  varying: readonly string[],
): readonly { readonly key: string; readonly label: string }[] {
  switch (grouping) {
    case 'none':
      return [{ key: id, label: name }]
    case 'tag':
      return labels.tags.length === 0
        ? [{ key: 'no tag', label: 'no tag' }]
        : labels.tags.map((tag) => ({ key: `tag ${tag}`, label: tag }))
    case 'sweep': {
      const folder = id.split('~').slice(0, -1).join('/') || 'no sweep'
      return [{ key: `sweep ${folder}`, label: folder }]
    }
    case 'seed': {
      const label = varying.map((param) => `${param}=${formatValue(params[param])}`).join(' ') || 'all'
      return [{ key: `all but seed ${JSON.stringify(varying.map((param) => params[param] ?? null))}`, label }]
    }
    default:
      return grouping satisfies never
  }
}

/** Returns the parameters, other than seeds, in which runs differ. */
export function varyingParams(facts: readonly Pick<CompareFacts, 'params'>[]): readonly string[] {
  const names = new Set(facts.flatMap(({ params }) => Object.keys(params)))
  return [...names].filter((name) => {
    if (/(^|[._])seed$/i.test(name)) return false
    return new Set(facts.map(({ params }) => JSON.stringify(params[name] ?? null))).size > 1
  })
}

/**
 * Computes the mean of lines at evenly spaced positions, with a band of one sample standard deviation on each side. A line
 * contributes only at positions where it has values.
 */
export function meanLine(lines: readonly Line[], look: Pick<Line, 'id' | 'label' | 'color' | 'dash'>): Line {
  const drawn = lines.filter(({ xs }) => xs.length > 0)
  const isComplete = lines.every((line) => line.isComplete)
  const [only] = drawn
  if (only === undefined) return { ...look, xs: [], ys: [], isComplete }
  if (drawn.length === 1) return { ...look, xs: only.xs, ys: only.ys, isComplete }
  const xs = gridOf(drawn)
  const stats = xs.map((x) => statsOf(drawn.flatMap((line) => valueAt(line, x) ?? [])))
  return {
    ...look,
    xs,
    ys: stats.map((found) => found?.mean ?? null),
    lows: stats.map((found) => (found === null ? null : found.mean - found.deviation)),
    highs: stats.map((found) => (found === null ? null : found.mean + found.deviation)),
    isComplete,
  }
}

const PLACES = 300

function gridOf(lines: readonly Line[]): readonly number[] {
  const [first] = lines
  // If all runs logged the same steps, those steps are used, so that nothing is interpolated.
  if (
    first !== undefined &&
    lines.every(({ xs }) => xs.length === first.xs.length && xs.every((x, i) => x === first.xs[i]))
  )
    return first.xs
  const from = Math.min(...lines.map(({ xs }) => xs[0] ?? Number.POSITIVE_INFINITY))
  const to = Math.max(...lines.map(({ xs }) => xs.at(-1) ?? Number.NEGATIVE_INFINITY))
  return Array.from({ length: PLACES }, (_, i) => from + ((to - from) * i) / (PLACES - 1))
}

function statsOf(values: readonly number[]): { readonly mean: number; readonly deviation: number } | null {
  if (values.length === 0) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, deviation: values.length === 1 ? 0 : Math.sqrt(squares / (values.length - 1)) }
}
