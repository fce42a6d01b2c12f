import type { DivergenceAnswer } from '../../shared/compare-wire.ts'
import type { SeriesBuckets, WireSeriesWindow } from '../../shared/wire.ts'
import type { HistoryPort } from '../history-store.ts'

/**
 * Finds the first step at which a shared metric of two runs differs. It compares buckets that cover the same steps, then splits the first
 * bucket that differs until it reaches a single step. Steps that only one run has are not compared, nor are metrics under `time/` or
 * `sys/`.
 */
export async function firstDivergence(a: HistoryPort, b: HistoryPort): Promise<DivergenceAnswer> {
  const [left, right] = await Promise.all([a.names(), b.names()])
  const others = new Set(right.names.map(({ name }) => name))
  const shared = left.names.map(({ name }) => name).filter((name) => others.has(name) && !/^(time|sys)\//.test(name))
  const names = shared.slice(0, MOST_NAMES)
  const complete = left.indexed_bytes === left.total_bytes && right.indexed_bytes === right.total_bytes
  let from = Math.max(left.first_step ?? 0, right.first_step ?? 0)
  let to = Math.min(left.last_step ?? -1, right.last_step ?? -1)
  let compared = names
  while (from <= to && compared.length > 0) {
    const requests = compared.map((name) => ({ name, from, to, pixels: PIXELS }))
    const [these, those] = await Promise.all([a.windows(requests), b.windows(requests)])
    const found = these.flatMap((window, i) => firstDifference(window, those[i]) ?? [])
    const first = Math.min(...found.map((one) => one.from))
    const near = found.filter((one) => one.from === first)
    const [one] = near
    if (one === undefined) break
    if (one.isPoint || (first === from && one.to === to)) {
      return { first: { step: first, name: one.name, a: one.a, b: one.b }, names, complete }
    }
    compared = near.map(({ name }) => name)
    from = first
    to = Math.max(...near.map((each) => each.to))
  }
  return { first: null, names, complete }
}

const PIXELS = 200
const MOST_NAMES = 200

interface Difference {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly isPoint: boolean
  readonly a: number | null
  readonly b: number | null
}

function firstDifference(a: WireSeriesWindow, b: WireSeriesWindow | undefined): Difference | undefined {
  if (b === undefined) return undefined
  const [left, right] = [a.buckets, b.buckets]
  const length = Math.max(left.count.length, right.count.length)
  for (let i = 0; i < length; i++) {
    if (isSame(left, right, i)) continue
    const from = Math.min(
      left.first_step[i] ?? Number.POSITIVE_INFINITY,
      right.first_step[i] ?? Number.POSITIVE_INFINITY,
    )
    const to = Math.max(left.last_step[i] ?? from, right.last_step[i] ?? from)
    const isPoint = left.count[i] === 1 && right.count[i] === 1 && left.last_step[i] === right.last_step[i]
    return { name: a.name, from, to, isPoint, a: left.first[i] ?? null, b: right.first[i] ?? null }
  }
  return undefined
}

function isSame(a: SeriesBuckets, b: SeriesBuckets, i: number): boolean {
  const columns = ['first_step', 'last_step', 'count', 'gaps', 'mean', 'min', 'max', 'first', 'last'] as const
  return columns.every((column) => a[column][i] === b[column][i])
}
