import fc from 'fast-check'
import type { Halving } from '../src/config/config.ts'
import { planHalving } from '../src/planners/halving.ts'
import type { Contender } from '../src/planners/rungs.ts'

// A sweep with early stopping, step by step. Each trial's curve is known from the start. A schedule determines which trial reports its
// next value, when a check is made, and when the config is edited. A planner, either the real one or a simple model, decides at each check.

/** A sweep and its schedule. */
export interface Story {
  readonly halving: Halving
  /** The values of each trial, one for each step, starting at 1. */
  readonly curves: readonly (readonly (number | null)[])[]
  readonly schedule: readonly Happening[]
  /** The number of trials that run at a time. */
  readonly slots: number
}

/** A trial that reports its next value, a check, or an edit of these fields. */
export type Happening = number | null | Partial<Halving>

/** The planner's input. */
export interface Seen {
  readonly contenders: readonly Contender[]
  readonly halving: Halving
  readonly decided: ReadonlyMap<string, string>
  readonly free: number
}

/** One decision of a planner. */
export interface Said {
  readonly key: string
  readonly trial: number
  readonly verdict: string
}

export type Planner = (seen: Seen) => readonly Said[]

export const TRIALS = 9
export const BUDGET = 18

/** The sweep's planner. */
export const real: Planner = ({ contenders, halving, decided, free }) =>
  planHalving(contenders, halving, (key) => decided.get(key), free)

export function stories(
  mode: Halving['mode'],
  { edits = true }: { readonly edits?: boolean } = {},
): fc.Arbitrary<Story> {
  const value = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: -4, max: 4 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  )
  const rules = {
    minSteps: fc.integer({ min: 1, max: 4 }),
    eta: fc.integer({ min: 2, max: 4 }),
    interval: fc.integer({ min: 1, max: 5 }),
    smooth: fc.integer({ min: 1, max: 3 }),
    startup: fc.integer({ min: 1, max: 4 }),
  }
  // Few slots for many trials, so that trials compete for them.
  const trials = mode === 'asha_promote' ? 2 * TRIALS : TRIALS
  const edit = fc.record(rules, { requiredKeys: [] })
  return fc.record({
    halving: fc.record({
      metric: fc.constant('m'),
      direction: fc.constantFrom('min' as const, 'max' as const),
      budget: fc.constant(BUDGET),
      mode: fc.constant(mode),
      ...rules,
    }),
    curves: fc.array(fc.array(value, { minLength: BUDGET, maxLength: BUDGET }), { minLength: 1, maxLength: trials }),
    schedule: fc.array(
      fc.oneof(
        { weight: 12, arbitrary: fc.nat({ max: trials - 1 }) },
        { weight: 6, arbitrary: fc.constant(null) },
        { weight: edits ? 1 : 0, arbitrary: edit },
      ),
      { maxLength: 250, size: 'max' },
    ),
    slots: fc.integer({ min: 1, max: 3 }),
  })
}

/** The same story with negated values and the opposite direction. */
export function mirrored(story: Story): Story {
  return {
    ...story,
    halving: { ...story.halving, direction: story.halving.direction === 'min' ? 'max' : 'min' },
    curves: story.curves.map((curve) => curve.map((value) => (value === null ? null : 0 - value))),
  }
}

type State = 'new' | 'runs' | 'paused' | 'pruned'

/**
 * Runs a story: pruned trials end, paused ones wait for a promotion, and a free slot goes to a promoted trial before a new one. Everything
 * happens at the check that decides it.
 *
 * @param lingers Trials that reached their budget keep running, so that they are judged however late the check is.
 * @returns All decisions, check by check.
 */
export function play(
  { halving, curves, schedule, slots }: Story,
  planner: Planner,
  { lingers = false }: { readonly lingers?: boolean } = {},
): readonly (readonly Said[])[] {
  // Trials wait for a slot only if slots matter.
  const most = halving.mode === 'asha_promote' ? slots : curves.length
  const done = curves.map(() => 0)
  const state = curves.map((): State => 'new')
  const decided = new Map<string, string>()
  const log: (readonly Said[])[] = []
  let rules = halving
  const running = (): number => state.filter((one, i) => one === 'runs' && (done[i] ?? 0) < BUDGET).length
  const start = (): void => {
    for (const [i, one] of state.entries()) if (one === 'new' && running() < most) state[i] = 'runs'
  }
  const contenders = (): readonly Contender[] =>
    curves.flatMap((curve, i) => {
      if (state[i] === 'new') return []
      const series = curve.slice(0, done[i]).map((value, at) => ({ step: at + 1, value }))
      // A trial that has reached its budget has ended.
      const isAlive = state[i] === 'runs' && (lingers || (done[i] ?? 0) < BUDGET)
      return [{ i, series, isAlive, mayArrive: isAlive || state[i] === 'paused' }]
    })
  const look = (): void => {
    const said = planner({ contenders: contenders(), halving: rules, decided, free: Math.max(0, most - running()) })
    log.push(said.map(({ key, trial, verdict }) => ({ key, trial, verdict })))
    for (const { key, trial, verdict } of said) {
      if (verdict === 'pause') state[trial] = 'paused'
      else {
        decided.set(key, verdict)
        state[trial] = verdict === 'prune' ? 'pruned' : 'runs'
      }
    }
    start()
  }
  start()
  for (const one of [...schedule, ...ending(curves.length)]) {
    if (one === null) look()
    else if (typeof one === 'object') rules = { ...rules, ...one }
    else if (state[one % curves.length] === 'runs' && (done[one % curves.length] ?? 0) < BUDGET) {
      const i = one % curves.length
      done[i] = (done[i] ?? 0) + 1
    }
  }
  return log
}

/** The rest of a sweep: every trial advances by one step at a time. */
function ending(trials: number): readonly Happening[] {
  const round: Happening[] = [...Array.from({ length: trials }, (_, i) => i), null]
  return Array.from({ length: 3 * BUDGET }, () => round).flat()
}

/** The score at a rung by its definition; smaller is better. */
export function plainScore(
  { series }: Contender,
  step: number,
  { minSteps, eta, smooth, direction }: Halving,
  first: number = minSteps,
): number {
  const from = step <= first ? 0 : step / eta
  const within = series.filter((one) => one.step > from && one.step <= step).slice(-smooth)
  const used = within.length > 0 ? within : series.filter((one) => one.step > step).slice(0, 1)
  if (used.some(({ value }) => value === null)) return Number.POSITIVE_INFINITY
  const mean = used.reduce((sum, { value }) => sum + Number(value), 0) / used.length
  return direction === 'max' ? -mean : mean
}

/** A trial's last step. */
export function reached({ series }: Contender): number {
  return series.at(-1)?.step ?? 0
}

/** The rungs by their definition. */
export function plainRungs(first: number, { eta, budget }: Halving): readonly number[] {
  const steps: number[] = []
  for (let step = first; step < budget; step *= eta) steps.push(step)
  return steps
}

/** The number of trials that are better than a trial. In a tie, the lower index is better. */
export function aheadOf(i: number, scores: ReadonlyMap<number, number>): number {
  const own = scores.get(i) ?? Number.POSITIVE_INFINITY
  return [...scores].filter(([j, score]) => score < own || (score === own && j < i)).length
}
