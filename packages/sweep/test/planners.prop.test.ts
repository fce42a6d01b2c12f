import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Halving } from '../src/config/config.ts'
import type { Contender } from '../src/planners/rungs.ts'
import {
  aheadOf,
  mirrored,
  type Planner,
  plainRungs,
  plainScore,
  play,
  reached,
  real,
  type Said,
  type Seen,
  stories,
} from './halving-story.ts'

// Compares each planner with a simple model written from its definition: both make the same decisions at every check, whatever the order
// in which trials report, the frequency of checks, and the edits in between.

/** Sorted, because one check may make several decisions. */
function sorted(log: readonly (readonly Said[])[]): unknown {
  return log.map((said) => said.map(({ key, verdict }) => `${key} ${verdict}`).sort())
}

function scoresAt(list: readonly Contender[], step: number, halving: Halving, first: number): Map<number, number> {
  return new Map(list.map((one) => [one.i, plainScore(one, step, halving, first)]))
}

/** ASHA in its stopping form: a trial that is new at a rung is judged among all trials that have reached it. */
function stopping({ contenders, halving, decided }: Seen, first: number): readonly Said[] {
  const said: Said[] = []
  const given = new Set<number>()
  for (const step of plainRungs(first, halving)) {
    const scores = scoresAt(
      contenders.filter((one) => reached(one) >= step),
      step,
      halving,
      first,
    )
    for (const { i, mayArrive } of contenders) {
      const key = `sh/m/${step}/${i}`
      if (!scores.has(i) || !mayArrive || given.has(i) || decided.has(key)) continue
      const n = scores.size
      const goesOn = n < halving.eta || aheadOf(i, scores) < Math.floor(n / halving.eta)
      if (!goesOn) given.add(i)
      said.push({ key, trial: i, verdict: goesOn ? 'promote' : 'prune' })
    }
  }
  return said
}

const plainAsha: Planner = (seen) => stopping(seen, seen.halving.minSteps)

/** Hyperband assigns trials to brackets in proportion to the sizes in the paper. */
const plainHyperband: Planner = (seen) => {
  const { minSteps, budget, eta } = seen.halving
  let most = 0
  while (minSteps * eta ** (most + 1) <= budget) most++
  const sizes = Array.from({ length: most + 1 }, (_, s) => Math.ceil(((most + 1) / (s + 1)) * eta ** s))
  const filled = sizes.map(() => 0)
  const bracketOf: number[] = []
  for (let i = 0; i < 40; i++) {
    // a / b < c / d, computed without division.
    let best = most
    for (let s = most; s >= 0; s--) {
      if ((filled[s] ?? 0) * (sizes[best] ?? 1) < (filled[best] ?? 0) * (sizes[s] ?? 1)) best = s
    }
    filled[best] = (filled[best] ?? 0) + 1
    bracketOf.push(best)
  }
  return sizes.flatMap((_, s) => {
    const contenders = seen.contenders.filter(({ i }) => bracketOf[i] === s)
    return stopping({ ...seen, contenders }, Math.ceil(budget / eta ** s))
  })
}

/** The median rule: a trial's best value so far is compared with the median of the others' means. */
const plainMedian: Planner = ({ contenders, halving, decided }) => {
  const said: Said[] = []
  const given = new Set<number>()
  const sign = halving.direction === 'max' ? -1 : 1
  const costs = (one: Contender, step: number): readonly number[] =>
    one.series.filter((point) => point.step <= step).map(({ value }) => (value === null ? Number.NaN : sign * value))
  for (let step = halving.minSteps; step < halving.budget; step += halving.interval) {
    const here = contenders.filter((one) => reached(one) >= step)
    for (const one of here) {
      const key = `sh/m/${step}/${one.i}`
      if (!one.mayArrive || given.has(one.i) || decided.has(key)) continue
      const own = costs(one, step)
      const means = here
        .filter((other) => other !== one)
        .map((other) => costs(other, step))
        .map((all) => all.reduce((sum, cost) => sum + cost, 0) / all.length)
        .filter((mean) => !Number.isNaN(mean))
        .sort((a, b) => a - b)
      const half = (means.length - 1) / 2
      const [below, above] = [means[Math.floor(half)] ?? 0, means[Math.ceil(half)] ?? 0]
      const middle = below + (above - below) / 2
      const isLost = Number.isNaN(own.at(-1))
      const isBehind = means.length >= halving.startup && Math.min(...own.filter((c) => !Number.isNaN(c))) > middle
      if (isLost || isBehind) given.add(one.i)
      said.push({ key, trial: one.i, verdict: isLost || isBehind ? 'prune' : 'promote' })
    }
  }
  return said
}

/** ASHA as published: free slots go to the best waiting trials, from the highest rung down. In the end, the last trial continues. */
const plainPromoting: Planner = ({ contenders, halving, decided, free }) => {
  interface Waiting {
    readonly key: string
    readonly one: Contender
    readonly rung: number
    readonly ahead: number
    readonly isTop: boolean
  }
  const waiting: Waiting[] = []
  let compared = contenders
  for (const [rung, step] of plainRungs(halving.minSteps, halving).entries()) {
    const here = compared.filter((one) => reached(one) >= step)
    const scores = scoresAt(here, step, halving, halving.minSteps)
    const isPromoted = ({ i }: Contender): boolean => decided.get(`sh/m/${step}/${i}`) === 'promote'
    for (const one of here) {
      if (isPromoted(one)) continue
      const ahead = aheadOf(one.i, scores)
      waiting.push({
        key: `sh/m/${step}/${one.i}`,
        one,
        rung,
        ahead,
        isTop: ahead < Math.floor(here.length / halving.eta),
      })
    }
    compared = compared.filter(isPromoted)
  }
  // A trial that has just arrived gives its slot back.
  let slots = free + waiting.filter(({ one }) => one.isAlive).length
  const said: Said[] = []
  for (const { key, one, isTop } of [...waiting].sort((a, b) => b.rung - a.rung || a.ahead - b.ahead)) {
    if (isTop && slots > 0 && one.mayArrive) {
      slots--
      said.push({ key, trial: one.i, verdict: 'promote' })
    } else if (one.isAlive) said.push({ key, trial: one.i, verdict: 'pause' })
  }
  const isStuck = contenders.every((one) => {
    return !one.isAlive && reached(one) < halving.budget && (!one.mayArrive || waiting.some((w) => w.one.i === one.i))
  })
  const [last] = waiting.filter(({ one }) => one.mayArrive).sort((a, b) => b.rung - a.rung || a.ahead - b.ahead)
  const isAnyTaken = waiting.some(({ isTop, one }) => isTop && one.mayArrive)
  if (isStuck && !isAnyTaken && free > 0 && last !== undefined)
    said.push({ key: last.key, trial: last.one.i, verdict: 'promote' })
  return said
}

/** Synchronous halving: tries every possible outcome of the open trials. */
const plainSync: Planner = ({ contenders, halving, decided }) => {
  const said: Said[] = []
  const given = new Set<number>()
  let compared = contenders
  // Trials that are waiting at the previous rung: some of them may still reach this one.
  let coming = 0
  for (const step of plainRungs(halving.minSteps, halving)) {
    const here = compared.filter((one) => reached(one) >= step)
    const open = coming + compared.filter((one) => one.mayArrive && reached(one) < step).length
    const keep = Math.ceil((here.length + open) / halving.eta)
    const scores = scoresAt(here, step, halving, halving.minSteps)
    const promoted: number[] = []
    let undecided = 0
    for (const { i, mayArrive, isAlive } of here) {
      const key = `sh/m/${step}/${i}`
      const ahead = aheadOf(i, scores)
      const ends = new Set(Array.from({ length: open + 1 }, (_, better) => ahead + better < keep))
      const fresh = ends.size > 1 ? 'pause' : ends.has(true) ? 'promote' : 'prune'
      const verdict = decided.get(key) ?? fresh
      if (verdict === 'promote') promoted.push(i)
      if (verdict === 'pause') undecided++
      if (decided.has(key) || given.has(i) || !(verdict === 'pause' ? isAlive : mayArrive)) continue
      if (verdict === 'prune') given.add(i)
      said.push({ key, trial: i, verdict })
    }
    coming = Math.max(0, Math.min(keep - promoted.length, open + undecided))
    compared = compared.filter(({ i }) => promoted.includes(i))
  }
  return said
}

const PLANNERS = [
  ['asha', plainAsha],
  ['asha_promote', plainPromoting],
  ['hyperband', plainHyperband],
  ['median', plainMedian],
  ['sync', plainSync],
] as const

test.each(PLANNERS)(
  '%s decides at every check like a simple model of its definition, even if the config is edited',
  (mode, plain) => {
    fc.assert(
      fc.property(stories(mode), (story) => {
        expect(sorted(play(story, real))).toEqual(sorted(play(story, plain)))
      }),
      { numRuns: 200 },
    )
  },
)

test.each(PLANNERS)('%s repeats no decision, and maximizing equals minimizing the negated values', (mode) => {
  fc.assert(
    fc.property(stories(mode), (story) => {
      const log = play(story, real)
      const decided = log.flat().filter(({ verdict }) => verdict !== 'pause')
      expect(new Set(decided.map(({ key }) => key)).size).toBe(decided.length)
      expect(play(mirrored(story), real)).toEqual(log)
    }),
    { numRuns: 150 },
  )
})

test.each(PLANNERS)('%s makes the same decisions for any order of the list', (mode) => {
  fc.assert(
    fc.property(stories(mode), fc.func(fc.integer()), (story, order) => {
      const shuffled: Planner = (seen) =>
        real({ ...seen, contenders: [...seen.contenders].sort((a, b) => order(a.i) - order(b.i)) })
      expect(sorted(play(story, shuffled))).toEqual(sorted(play(story, real)))
    }),
    { numRuns: 60 },
  )
})
