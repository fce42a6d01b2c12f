import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Halving } from '../src/config/config.ts'
import { planHalving, standingsOf } from '../src/planners/halving.ts'
import type { Contender } from '../src/planners/rungs.ts'

// A training run of each trial is known from the start; a schedule says which trial reports its next value, and when
// someone looks.
interface Story {
  readonly halving: Halving
  /** Values of each trial, one for each step from 1. */
  readonly curves: readonly (readonly (number | null)[])[]
  /** Trials that report next, in their order; null: a look. */
  readonly schedule: readonly (number | null)[]
}

const TRIALS = 9
const BUDGET = 18

function stories(mode: Halving['mode']): fc.Arbitrary<Story> {
  const value = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: -4, max: 4 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  )
  return fc.record({
    halving: fc.record({
      metric: fc.constant('m'),
      direction: fc.constantFrom('min' as const, 'max' as const),
      minSteps: fc.integer({ min: 1, max: 4 }),
      budget: fc.constant(BUDGET),
      eta: fc.integer({ min: 2, max: 4 }),
      mode: fc.constant(mode),
      smooth: fc.integer({ min: 1, max: 3 }),
    }),
    curves: fc.array(fc.array(value, { minLength: BUDGET, maxLength: BUDGET }), { minLength: 1, maxLength: TRIALS }),
    schedule: fc.array(fc.oneof(fc.nat({ max: TRIALS - 1 }), fc.constant(null)), { maxLength: 250, size: 'max' }),
  })
}

interface Told {
  readonly verdicts: ReadonlyMap<string, string>
  readonly asked: number
}

/** Plays a story: pruned trials end, paused ones wait for a promotion. */
function play({ halving, curves, schedule }: Story): Told {
  const done = curves.map(() => 0)
  const state = curves.map((): 'runs' | 'paused' | 'pruned' => 'runs')
  const verdicts = new Map<string, string>()
  let asked = 0
  const look = (): void => {
    for (const { key, trial, verdict } of planHalving(contenders(), halving, (one) => verdicts.get(one))) {
      if (verdict === 'pause') state[trial] = 'paused'
      else {
        asked++
        verdicts.set(key, verdict)
        state[trial] = verdict === 'prune' ? 'pruned' : 'runs'
      }
    }
  }
  const contenders = (): readonly Contender[] =>
    curves.map((curve, i) => ({
      i,
      series: curve.slice(0, done[i]).map((value, at) => ({ step: at + 1, value })),
      isAlive: state[i] === 'runs',
      mayArrive: state[i] !== 'pruned',
    }))
  const report = (i: number): void => {
    if (state[i] === 'runs' && (done[i] ?? BUDGET) < BUDGET) done[i] = (done[i] ?? 0) + 1
  }
  for (const one of schedule) one === null ? look() : report(one % curves.length)
  // The rest of the sweep, one step of everyone at a time.
  for (let round = 0; round < 3 * BUDGET; round++) {
    for (const i of curves.keys()) report(i)
    look()
  }
  return { verdicts, asked }
}

/** The score at a rung by its definition, less is better. */
function plainScore(
  curve: Story['curves'][number],
  step: number,
  { direction, smooth, eta, minSteps }: Halving,
): number {
  const from = step === minSteps ? 0 : step / eta
  const used = curve.filter((_, at) => at + 1 > from && at + 1 <= step).slice(-smooth)
  if (used.some((value) => value === null)) return Number.POSITIVE_INFINITY
  const mean = used.reduce<number>((sum, value) => sum + Number(value), 0) / used.length
  return direction === 'max' ? -mean : mean
}

test('sync: in the end the best of every eta went on at each rung, in whatever order trials arrived and however often one looked', () => {
  fc.assert(
    fc.property(stories('sync'), (story) => {
      const { halving, curves } = story
      const { verdicts, asked } = play(story)
      expect(asked).toBe(verdicts.size)
      let cohort = [...curves.keys()]
      for (let step = halving.minSteps; step < BUDGET; step *= halving.eta) {
        const score = (i: number): number => plainScore(curves[i] ?? [], step, halving)
        const ranked = [...cohort].sort((a, b) => (score(a) === score(b) ? a - b : score(a) - score(b)))
        const best = ranked.slice(0, Math.ceil(cohort.length / halving.eta)).sort((a, b) => a - b)
        expect(cohort.filter((i) => verdicts.get(`sh/m/${step}/${i}`) === 'promote')).toEqual(best)
        expect(cohort.filter((i) => verdicts.get(`sh/m/${step}/${i}`) === 'prune')).toHaveLength(
          cohort.length - best.length,
        )
        cohort = best
      }
    }),
    { numRuns: 150 },
  )
})

/** ASHA by its definition: each look judges who is new at a rung, among all that have arrived there. */
function plainAsha({ halving, curves, schedule }: Story): ReadonlyMap<string, string> {
  const done = curves.map(() => 0)
  const out = new Set<number>()
  const verdicts = new Map<string, string>()
  const report = (i: number): void => {
    if (!out.has(i)) done[i] = Math.min(BUDGET, (done[i] ?? 0) + 1)
  }
  const look = (): void => {
    const gone = new Set(out)
    for (let step = halving.minSteps; step < BUDGET; step *= halving.eta) {
      const arrived = [...curves.keys()].filter((i) => (done[i] ?? 0) >= step)
      const score = (i: number): number => plainScore(curves[i] ?? [], step, halving)
      for (const i of arrived) {
        const key = `sh/m/${step}/${i}`
        if (verdicts.has(key) || out.has(i) || gone.has(i)) continue
        const better = arrived.filter((j) => score(j) < score(i) || (score(j) === score(i) && j < i)).length
        const n = arrived.length
        const goesOn = n < halving.eta || better < Math.floor(n / halving.eta)
        verdicts.set(key, goesOn ? 'promote' : 'prune')
        if (!goesOn) out.add(i)
      }
    }
  }
  for (const one of schedule) one === null ? look() : report(one % curves.length)
  for (let round = 0; round < 3 * BUDGET; round++) {
    for (const i of curves.keys()) report(i)
    look()
  }
  return verdicts
}

test('asha: every trial is judged once at each rung, among those that had arrived, as by the definition', () => {
  fc.assert(
    fc.property(stories('asha'), (story) => {
      const { verdicts, asked } = play(story)
      expect(asked).toBe(verdicts.size)
      expect(new Map([...verdicts].sort())).toEqual(new Map([...plainAsha(story)].sort()))
    }),
    { numRuns: 150 },
  )
})

test('with negated values and the other direction the same trials continue, in both modes', () => {
  fc.assert(
    fc.property(fc.constantFrom('sync' as const, 'asha' as const).chain(stories), (story) => {
      const mirrored: Story = {
        ...story,
        halving: { ...story.halving, direction: story.halving.direction === 'min' ? 'max' : 'min' },
        curves: story.curves.map((curve) => curve.map((value) => (value === null ? null : 0 - value))),
      }
      expect([...play(mirrored).verdicts]).toEqual([...play(story).verdicts])
    }),
    { numRuns: 100 },
  )
})

test('what the journal has decided stays, whatever is reported later, and the list of trials may come in any order', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('sync' as const, 'asha' as const).chain(stories),
      fc.func(fc.integer()),
      (story, order) => {
        const contenders = story.curves.map(
          (curve, i): Contender => ({
            i,
            series: curve.slice(0, 9).map((value, at) => ({ step: at + 1, value })),
            isAlive: true,
            mayArrive: true,
          }),
        )
        const shuffled = [...contenders].sort((a, b) => order(a.i) - order(b.i))
        const verdictsOf = (list: readonly Contender[]): unknown =>
          standingsOf(list, story.halving, () => undefined)
            .map(({ i, verdict }) => [i, verdict] as const)
            .sort(([a], [b]) => a - b)
        expect(verdictsOf(shuffled)).toEqual(verdictsOf(contenders))
        const pruned = standingsOf(contenders, story.halving, () => 'prune')
        expect(new Set(pruned.map(({ verdict }) => verdict))).toEqual(new Set(['prune']))
      },
    ),
    { numRuns: 60 },
  )
})
