import { type Rung, rungRate } from '@hotcb/metrics/judge'
import { isObject, type Json, type JsonObject, type LedgerLine } from '@hotcb/protocol'
import { changeMutation } from './fold-mutation.ts'
import type { Ceiling, Ladder, TunerHistory } from './story.ts'

/** Folds a `tune rescue` line: going back to the last accepted change, a rung of a ladder, or the end of a ladder. */
export function foldRescue(story: TunerHistory, { payload }: LedgerLine): TunerHistory {
  if (payload === null) return story
  const { kind, m } = payload
  if (kind === 'back' && typeof m === 'string') {
    const regretted = changeMutation(story, m, (one) => ({ ...one, isRegretted: true }))
    return { ...regretted, backs: story.backs + 1 }
  }
  if (kind === 'rung') return foldRung(story, payload)
  const { ladder } = story
  if (kind !== 'settle' || ladder === null) return story
  const settled = { ...ladder, ...doneOf(ladder, payload), isSettled: true }
  return { ...story, ladder: settled, ceiling: ceilingOf(settled) ?? story.ceiling }
}

/** A rung fails if its loss is this many times that of the best rung. */
const FAILED = 2
/**
 * The tuner stays this factor below a failed rate. It is a little more than half a decade, because high rates look better in short trials
 * than they are.
 */
const MARGIN = 1.3 * Math.sqrt(10)

function ceilingOf({ rungs: tried, rate, module, key, isTwoSided }: Ladder): Ceiling | null {
  // A one-sided search begins because training has diverged at the first rate.
  const rungs = isTwoSided ? tried : [...tried, { index: 0, level: Number.POSITIVE_INFINITY }]
  const best = Math.min(...rungs.map(({ level }) => level))
  const failed = rungs.filter(({ level }) => !Number.isFinite(level) || (best > 0 && level > FAILED * best))
  const reached = rungs.filter(({ level }) => level === best).map(({ index }) => rungRate(rate, index))
  const above = failed.map(({ index }) => rungRate(rate, index)).filter((one) => one > Math.max(...reached))
  return above.length === 0 ? null : { module, key, value: Number((Math.min(...above) / MARGIN).toPrecision(6)) }
}

/** Folds a checkpoint load that the tuner requested. */
export function foldRescueLoad(story: TunerHistory): TunerHistory {
  const { ladder } = story
  if (ladder === null) return story
  return { ...story, ladder: ladder.isSettled ? null : { ...ladder, isLoaded: true } }
}

function foldRung(story: TunerHistory, payload: JsonObject): TunerHistory {
  const { module, key, rate, first, two_sided, steps, index } = payload
  const before: Ladder = story.ladder ?? {
    module: String(module),
    key: String(key),
    rate: numberOr(rate),
    first: numberOr(first),
    isTwoSided: two_sided === true,
    steps: numberOr(steps),
    rungs: [],
    index: 0,
    isLoaded: false,
    isSettled: false,
  }
  const ladder = { ...before, ...doneOf(before, payload), index: numberOr(index), isLoaded: false }
  return { ...story, ladder, ladders: story.ladders + (story.ladder === null ? 1 : 0) }
}

// Returns the rungs so far, including the previous one, whose level is null if it diverged.
function doneOf(ladder: Ladder, { done }: JsonObject): { readonly rungs: readonly Rung[] } {
  if (!isObject(done)) return { rungs: ladder.rungs }
  const { index, level } = done as JsonObject
  const rung = { index: numberOr(index), level: typeof level === 'number' ? level : Number.POSITIVE_INFINITY }
  return { rungs: [...ladder.rungs, rung] }
}

function numberOr(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0
}
