import type { Marker } from '../../../shared/wire.ts'

/** Who made a change, as far as its colour goes. */
export type FlagSource = 'person' | 'rule' | 'tuner' | 'model' | 'recipe'

const SOURCES: Readonly<Record<string, FlagSource>> = {
  autopilot: 'rule',
  tune: 'tuner',
  ai: 'model',
  recipe: 'recipe',
  replay: 'recipe',
  yaml: 'recipe',
}

/** The source of several changes at one place; undefined if they are of different ones. */
export function sourceOfMarks(marks: readonly Pick<Marker, 'source'>[]): FlagSource | undefined {
  const all = new Set(marks.map(({ source }) => SOURCES[source] ?? 'person'))
  return all.size === 1 ? [...all][0] : undefined
}

/** The changes that a later one has reverted. */
export function revertedSeqs(marks: readonly Pick<Marker, 'reverts'>[]): ReadonlySet<number> {
  return new Set(marks.flatMap(({ reverts }) => (reverts === null ? [] : [reverts])))
}
