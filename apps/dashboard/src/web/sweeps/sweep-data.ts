import { type Cell, STATES, type SweepParameter, type TrialColumns } from '../../shared/sweeps/sweep-wire.ts'

/** The page's data about a sweep's trials. Each position in the arrays is one trial. */
export interface SweepData {
  readonly index: number[]
  readonly state: number[]
  readonly why: (string | null)[]
  readonly attempt: number[]
  readonly step: (number | null)[]
  readonly value: (number | null)[]
  readonly seconds: (number | null)[]
  readonly stage: (string | null)[]
  readonly parent: (number | null)[]
  readonly params: Map<string, Cell[]>
  /** The position of each trial, by the index of the trial. */
  readonly places: Map<number, number>
}

export function createSweepData(): SweepData {
  return {
    index: [],
    state: [],
    why: [],
    attempt: [],
    step: [],
    value: [],
    seconds: [],
    stage: [],
    parent: [],
    params: new Map(),
    places: new Map(),
  }
}

/** Adds an answer from the server. A complete answer replaces all data, in which case a new object is returned. */
export function takeColumns(before: SweepData, columns: TrialColumns): SweepData {
  const data = columns.whole ? createSweepData() : before
  for (const [at, i] of columns.index.entries()) {
    const place = data.places.get(i) ?? data.index.length
    data.places.set(i, place)
    data.index[place] = i
    data.state[place] = columns.state[at] ?? 0
    data.why[place] = columns.why[at] ?? null
    data.attempt[place] = columns.attempt[at] ?? 0
    data.step[place] = columns.step[at] ?? null
    data.value[place] = columns.value[at] ?? null
    data.seconds[place] = columns.seconds[at] ?? null
    data.stage[place] = columns.stage[at] ?? null
    data.parent[place] = columns.parent[at] ?? null
    for (const { name, values } of columns.params) {
      const column = data.params.get(name) ?? []
      column[place] = values[at] ?? null
      data.params.set(name, column)
    }
  }
  return data
}

/** One axis of the parallel coordinates: a parameter, or the metric. */
export interface DataAxis {
  /** The key of the axis in the filters: `p:` and the name of a parameter, or `value`. */
  readonly key: string
  readonly name: string
  /** The position of each trial on the axis, from 0 to 1; NaN if the trial has no value. */
  readonly heights: Float32Array
  readonly ticks: readonly { readonly at: number; readonly text: string }[]
  /** The text for a position on the axis. */
  readonly textAt: (height: number) => string
}

/** Returns the axes of a sweep: each parameter that has at least two values, and the metric last. */
export function axesOf(data: SweepData, parameters: readonly SweepParameter[], metric: string | null): DataAxis[] {
  const axes = parameters.flatMap((parameter) => {
    const cells = data.params.get(parameter.name) ?? []
    const axis = axisOf(`p:${parameter.name}`, parameter.name, cells, parameter)
    return axis === undefined ? [] : [axis]
  })
  const values = metric === null ? undefined : axisOf('value', metric, data.value, { log: false, values: null })
  return values === undefined ? axes : [...axes, values]
}

type AxisLook = Pick<SweepParameter, 'log' | 'values'>

/** Creates an axis for these cells; undefined if it would have only one value. */
function axisOf(key: string, name: string, cells: readonly Cell[], look: AxisLook): DataAxis | undefined {
  const isNumeric = look.values === null && cells.every((cell) => cell === null || typeof cell === 'number')
  return isNumeric ? numberAxis(key, name, cells, look.log) : namedAxis(key, name, cells, look.values)
}

function namedAxis(
  key: string,
  name: string,
  cells: readonly Cell[],
  known: readonly Cell[] | null,
): DataAxis | undefined {
  // Conditions in the config may set values that are not listed for the parameter.
  const all = [...new Set([...(known ?? []), ...cells.filter((cell) => cell !== null)])]
  const names = all.every((one) => typeof one === 'number') ? all.sort((a, b) => Number(a) - Number(b)) : all
  if (names.length < 2) return undefined
  const share = (at: number): number => at / (names.length - 1)
  const heights = new Map(names.map((one, at) => [one, share(at)]))
  return {
    key,
    name,
    heights: Float32Array.from(cells, (cell) => heights.get(cell ?? Number.NaN) ?? Number.NaN),
    ticks: names.map((one, at) => ({ at: share(at), text: cellText(one) })).filter(everyNth(names.length, 12)),
    textAt: (height) => cellText(names[Math.round(height * (names.length - 1))] ?? null),
  }
}

function everyNth(count: number, most: number): (_: unknown, at: number) => boolean {
  const nth = Math.ceil(count / most)
  return (_, at) => at % nth === 0 || at === count - 1
}

function numberAxis(key: string, name: string, cells: readonly Cell[], isLog: boolean): DataAxis | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const cell of cells) {
    if (typeof cell !== 'number') continue
    if (cell < low) low = cell
    if (cell > high) high = cell
  }
  if (!(low < high)) return undefined
  const warp = isLog && low > 0 ? Math.log : (value: number): number => value
  const unwarp = isLog && low > 0 ? Math.exp : (value: number): number => value
  const [start, span] = [warp(low), warp(high) - warp(low)]
  const heightOf = (value: number): number => (warp(value) - start) / span
  const textAt = (height: number): string => cellText(unwarp(start + height * span))
  return {
    key,
    name,
    heights: Float32Array.from(cells, (cell) => (typeof cell === 'number' ? heightOf(cell) : Number.NaN)),
    ticks: [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, text: textAt(at) })),
    textAt,
  }
}

/** Formats a value with few characters. */
export function cellText(cell: Cell): string {
  if (cell === null) return '–'
  if (typeof cell !== 'number') return String(cell)
  if (Number.isInteger(cell) && Math.abs(cell) < 1e6) return String(cell)
  const size = Math.abs(cell)
  if (size >= 1e-3 && size < 1e6) return String(Number(cell.toPrecision(4)))
  return cell
    .toExponential(2)
    .replace(/\.?0+e/, 'e')
    .replace('e+', 'e')
}

/** The number of trials in each state, in the order of the states. States without trials are left out. */
export function countStates({ state }: SweepData): readonly { readonly state: number; readonly count: number }[] {
  const counts = STATES.map(() => 0)
  for (const one of state) counts[one] = (counts[one] ?? 0) + 1
  return counts.flatMap((count, at) => (count === 0 ? [] : [{ state: at, count }]))
}
