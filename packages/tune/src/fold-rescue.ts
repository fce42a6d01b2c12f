import type { Rung } from '@hotcb/metrics/judge'
import { isObject, type Json, type JsonObject, type LedgerLine } from '@hotcb/protocol'
import { changeMutation } from './fold-mutation.ts'
import type { Ladder, Story } from './story.ts'

/** A `tune rescue` line: back to the last accepted change, a rung of a ladder, or its end. */
export function foldRescue(story: Story, { payload }: LedgerLine): Story {
  if (payload === null) return story
  const { kind, m } = payload
  if (kind === 'back' && typeof m === 'string') {
    const regretted = changeMutation(story, m, (one) => ({ ...one, isRegretted: true }))
    return { ...regretted, backs: story.backs + 1 }
  }
  if (kind === 'rung') return foldRung(story, payload)
  const { ladder } = story
  if (kind !== 'settle' || ladder === null) return story
  return { ...story, ladder: { ...ladder, ...doneOf(ladder, payload), isSettled: true } }
}

/** A load that the tuner asked for has been made. */
export function foldRescueLoad(story: Story): Story {
  const { ladder } = story
  if (ladder === null) return story
  return { ...story, ladder: ladder.isSettled ? null : { ...ladder, isLoaded: true } }
}

function foldRung(story: Story, payload: JsonObject): Story {
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

// The level of the rung before it; one that diverged has none.
function doneOf(ladder: Ladder, { done }: JsonObject): { readonly rungs: readonly Rung[] } {
  if (!isObject(done)) return { rungs: ladder.rungs }
  const { index, level } = done as JsonObject
  const rung = { index: numberOr(index), level: typeof level === 'number' ? level : Number.POSITIVE_INFINITY }
  return { rungs: [...ladder.rungs, rung] }
}

function numberOr(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0
}
