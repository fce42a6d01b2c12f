import { type Contender, type HalvingVerdict, judgeHalving } from '../../packages/sweep/src/index.ts'
import { BUDGET, REPORTS, type Training } from './grid.ts'

/** The metric that is minimized or maximized. */
export type Metric = 'loss' | 'accuracy'

/** A sweep with early stopping, compared with the whole grid. */
export interface Stopped {
  readonly seed: number
  readonly metric: Metric
  readonly parallel: number
  readonly grid: { readonly best: number; readonly steps: number }
  readonly asha: { readonly best: number; readonly steps: number; readonly whole: number }
}

/**
 * The sweep that `herd run` would make of these training runs with `mode: asha`: trials start in the given order, `parallel` at a
 * time. Each trains to its next report, the planner decides after every report, and a pruned trial makes room for the next one.
 * The reports are already known, because a training run depends only on its seed.
 */
export function stopEarly(
  trainings: readonly Training[],
  metric: Metric,
  parallel: number,
  order: readonly number[],
): Stopped {
  const halving = {
    metric,
    direction: metric === 'loss' ? ('min' as const) : ('max' as const),
    minSteps: REPORTS[0],
    budget: BUDGET,
    eta: 3,
    mode: 'asha' as const,
    smooth: 1,
    startup: 5,
    interval: 5,
  }
  const done = trainings.map(() => 0)
  const pruned = new Set<number>()
  const decided = new Map<string, HalvingVerdict>()
  const waiting = [...order]
  const running: number[] = []
  const fill = (): void => {
    while (running.length < parallel) {
      const next = waiting.shift()
      if (next === undefined) return
      running.push(next)
    }
  }
  for (fill(); running.length > 0; fill()) {
    for (const i of [...running]) {
      const reports = (done[i] ?? 0) + 1
      done[i] = reports
      const step = trainings[i]?.points[reports - 1]?.step ?? BUDGET
      if (step < BUDGET) look()
      if (pruned.has(i) || step >= BUDGET) running.splice(running.indexOf(i), 1)
    }
  }
  const valuesOf = (list: readonly Training[]): readonly number[] =>
    list.map(({ points }) => points.at(-1)?.[metric] ?? Number.NaN)
  const best = (values: readonly number[]): number => (metric === 'loss' ? Math.min(...values) : Math.max(...values))
  const whole = trainings.filter((_, i) => done[i] === REPORTS.length)
  return {
    seed: trainings[0]?.seed ?? 0,
    metric,
    parallel,
    grid: { best: best(valuesOf(trainings)), steps: trainings.length * BUDGET },
    asha: {
      best: best(valuesOf(whole)),
      steps: done.reduce((sum, reports) => sum + (REPORTS[reports - 1] ?? 0), 0),
      whole: whole.length,
    },
  }

  function look(): void {
    const contenders = trainings.map(({ points }, i): Contender => {
      const series = points.slice(0, done[i]).map((one) => ({ step: one.step, value: one[metric] }))
      const isAlive = running.includes(i) && !pruned.has(i)
      return { i, series, isAlive, mayArrive: isAlive }
    })
    for (const { key, trial, verdict, isDecided } of judgeHalving(contenders, halving, (one) => decided.get(one))) {
      if (isDecided || pruned.has(trial) || !running.includes(trial)) continue
      decided.set(key, verdict)
      if (verdict === 'prune') pruned.add(trial)
    }
  }
}
