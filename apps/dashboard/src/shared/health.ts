import { formatNumber } from './describe.ts'
import { directionOf } from './direction.ts'
import type { MetricName, RunRow, SeriesWindow } from './wire.ts'

/** One thing that a person should know of a run. */
export interface Finding {
  readonly level: 'good' | 'warn' | 'bad'
  readonly text: string
}

/** What is known when findings are made. */
export interface HealthInput {
  readonly row: RunRow
  readonly names: readonly MetricName[]
  /** Windows over the whole run of the metrics that findings look at: {@link healthMetrics}. */
  readonly windows: readonly SeriesWindow[]
  readonly degraded?: string | null
}

/** The metrics whose course says how a run fares: the key metric, losses, accuracies, gradient norms; at most 12. */
export function healthMetrics(names: readonly MetricName[], key: string | null): string[] {
  const wanted = names
    .map(({ name }) => name)
    .filter(
      (name) => name !== key && !/^(sys|time|layers?)\//.test(name) && /loss|acc|grad_?norm|f1|auc|reward/i.test(name),
    )
  return [...(key === null ? [] : [key]), ...wanted].slice(0, 12)
}

/** What stands out in a run, the worst first. */
export function findings({ row, names, windows, degraded }: HealthInput): Finding[] {
  const found: Finding[] = []
  if (degraded) found.push({ level: 'bad', text: degraded })
  const reason = row.reason === null ? '' : `: ${row.reason}`
  if (row.status === 'silent')
    found.push({ level: 'bad', text: `the trainer has not closed the run and shows no sign of life${reason}` })
  if (row.status === 'unknown')
    found.push({ level: 'warn', text: `it is not known yet whether the trainer is alive${reason}` })
  if (row.problem !== null) found.push({ level: 'warn', text: row.problem })
  for (const window of windows) found.push(...look(window, row))
  const gap = overfitting(windows)
  if (gap !== undefined) found.push(gap)
  const broken = names.filter(({ last, count }) => last === null && count > 0)
  if (broken.length > windows.length) {
    found.push({ level: 'warn', text: `${broken.length} metrics are not finite at their last step` })
  }
  if (found.length === 0) found.push({ level: 'good', text: 'nothing stands out' })
  const order = { bad: 0, warn: 1, good: 2 }
  return found.sort((a, b) => order[a.level] - order[b.level])
}

/** The best value of a series and its step, by the direction that its name tells; undefined when there is none. */
export function bestOf(window: SeriesWindow): { readonly value: number; readonly step: number } | undefined {
  const direction = directionOf(window.name)
  if (direction === undefined) return undefined
  let best: { value: number; step: number } | undefined
  for (const [i, value] of window.values.entries()) {
    if (value === null) continue
    const isBetter = best === undefined || (direction === 'min' ? value < best.value : value > best.value)
    if (isBetter) best = { value, step: window.steps[i] ?? 0 }
  }
  return best
}

/** Mean of the finite values in a part of a series, from `start` to `end` of its points, 0 to 1. */
export function meanOver({ values }: SeriesWindow, start: number, end: number): number | undefined {
  const part = values
    .slice(Math.floor(values.length * start), Math.max(Math.ceil(values.length * end), 1))
    .filter((value) => value !== null)
  return part.length === 0 ? undefined : part.reduce((sum, value) => sum + value, 0) / part.length
}

function* look(window: SeriesWindow, row: RunRow): Generator<Finding> {
  const { name, values, steps } = window
  const lastAt = values.length - 1
  if (lastAt >= 0 && values[lastAt] === null) {
    yield { level: 'bad', text: `${name} is not finite at step ${steps[lastAt]}` }
    return
  }
  const direction = directionOf(name)
  if (direction === undefined || values.length < 20) return
  const before = meanOver(window, 0.6, 0.8)
  const recent = meanOver(window, 0.9, 1)
  const start = meanOver(window, 0, 0.05)
  if (before === undefined || recent === undefined || start === undefined) return
  const sign = direction === 'min' ? 1 : -1
  const range = Math.abs(start - before) || Math.abs(before) || 1
  const worse = (sign * (recent - before)) / range
  if (worse > 0.25) {
    const word = direction === 'min' ? 'rises' : 'falls'
    yield {
      level: worse > 1 ? 'bad' : 'warn',
      text: `${name} ${word}: ${formatNumber(before)} → ${formatNumber(recent)}`,
    }
  } else if (row.status === 'running' && Math.abs(worse) < 0.002) {
    yield { level: 'warn', text: `${name} has come to rest at ${formatNumber(recent)}` }
  }
}

function overfitting(windows: readonly SeriesWindow[]): Finding | undefined {
  const train = windows.find(({ name }) => /^train[_/]loss$/.test(name))
  const validation = windows.find(({ name }) => /^(val|eval|test)[_/]loss$/.test(name))
  if (train === undefined || validation === undefined || validation.values.length < 20) return undefined
  const best = bestOf(validation)
  const recent = meanOver(validation, 0.9, 1)
  const earlier = meanOver(train, 0.5, 0.6)
  const now = meanOver(train, 0.9, 1)
  if (best === undefined || recent === undefined || earlier === undefined || now === undefined) return undefined
  if (now > earlier || recent < best.value * 1.2) return undefined
  return {
    level: 'warn',
    text: `${validation.name} is ${formatNumber((recent / best.value - 1) * 100, 2)} % above its best of step ${best.step} while ${train.name} falls: overfitting`,
  }
}
