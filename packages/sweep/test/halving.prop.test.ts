import fc from 'fast-check'
import { expect, test } from 'vitest'
import { standingsOf } from '../src/planners/halving.ts'
import type { Contender } from '../src/planners/rungs.ts'
import { aheadOf, BUDGET, plainRungs, plainScore, play, real, stories } from './halving-story.ts'

test('sync: in the end the best of every eta continued at each rung, whatever the order of arrivals and the frequency of checks', () => {
  fc.assert(
    fc.property(stories('sync', { edits: false }), (story) => {
      const { halving, curves } = story
      const said = play(story, real, { lingers: true }).flat()
      const verdicts = new Map(
        said.flatMap((one) => (one.verdict === 'pause' ? [] : [[one.key, one.verdict] as const])),
      )
      let cohort = [...curves.keys()]
      for (const step of plainRungs(halving.minSteps, halving)) {
        const scores = new Map(cohort.map((i) => [i, plainScore(whole(curves[i] ?? [], i), step, halving)]))
        const keep = Math.ceil(cohort.length / halving.eta)
        const best = cohort.filter((i) => aheadOf(i, scores) < keep)
        expect(cohort.filter((i) => verdicts.get(`sh/m/${step}/${i}`) === 'promote')).toEqual(best)
        const pruned = cohort.filter((i) => verdicts.get(`sh/m/${step}/${i}`) === 'prune')
        expect(pruned).toHaveLength(cohort.length - best.length)
        cohort = best
      }
    }),
    { numRuns: 150 },
  )
})

function whole(curve: readonly (number | null)[], i: number): Contender {
  return { i, series: curve.map((value, at) => ({ step: at + 1, value })), isAlive: true, mayArrive: true }
}

const MODES = ['sync', 'asha', 'asha_promote', 'hyperband', 'median'] as const

test('asha_promote: no trial is pruned, and in the end the best of every eta have left the first rung', () => {
  fc.assert(
    fc.property(stories('asha_promote', { edits: false }), (one) => {
      const story = { ...one, slots: one.curves.length }
      const said = play(story, real, { lingers: true }).flat()
      const paused = new Set(said.flatMap(({ verdict, trial }) => (verdict === 'pause' ? [trial] : [])))
      expect(said.some(({ verdict }) => verdict === 'prune')).toBe(false)
      // Once all have arrived at the first rung, the best of every `eta` has left it.
      const { halving, curves } = story
      const scores = new Map(curves.map((curve, i) => [i, plainScore(whole(curve, i), halving.minSteps, halving)]))
      const promoted = new Set(said.flatMap(({ key, verdict }) => (verdict === 'promote' ? [key] : [])))
      for (const i of curves.keys()) {
        const isTop = aheadOf(i, scores) < Math.floor(curves.length / halving.eta)
        if (isTop) expect(promoted.has(`sh/m/${halving.minSteps}/${i}`)).toBe(true)
        else expect(paused.has(i) || promoted.has(`sh/m/${halving.minSteps}/${i}`)).toBe(true)
      }
    }),
    { numRuns: 100 },
  )
})

test.each(MODES)('%s: decisions in the journal do not change, whatever is reported later', (mode) => {
  fc.assert(
    fc.property(stories(mode), fc.integer({ min: 1, max: BUDGET }), ({ curves, halving }, reports) => {
      const contenders = curves.map((curve, i) => whole(curve.slice(0, reports), i))
      const pruned = standingsOf(contenders, halving, () => 'prune')
      const known = pruned.filter(({ verdict }) => verdict !== 'not_at_rung')
      expect(known.every(({ verdict }) => verdict === 'prune')).toBe(true)
    }),
    { numRuns: 60 },
  )
})
