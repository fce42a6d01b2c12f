import { dominates, valuesOf } from './pareto.ts'
import { compareValues, type StudyDirection, type Trial, violation } from './trial.ts'

/** A trial with its rank (0 for the best front) and its crowding distance, which is the amount of free space around it on its front. */
export interface Ranked<T> {
  readonly entry: T
  readonly rank: number
  readonly crowding: number
}

/**
 * Returns the `count` best entries, sorted by front and then by crowding distance (Deb et al. 2002). Feasible entries come first; failed
 * ones are left out.
 */
export function selectBest<T extends { readonly trial: Trial }>(
  entries: readonly T[],
  count: number,
  directions: readonly StudyDirection[],
): Ranked<T>[] {
  const able = entries.filter(({ trial }) => valuesOf(trial) !== undefined)
  const chosen: Ranked<T>[] = []
  let left = able
  for (let rank = 0; left.length > 0 && chosen.length < count; rank++) {
    const front = left.filter(({ trial }) => !left.some((other) => beats(other.trial, trial, directions)))
    const room = crowdings(front, directions)
    const ranked = front
      .map((entry, i) => ({ entry, rank, crowding: room[i] ?? 0 }))
      .sort((a, b) => b.crowding - a.crowding || a.entry.trial.number - b.entry.trial.number)
    chosen.push(...ranked.slice(0, count - chosen.length))
    left = left.filter((entry) => !front.includes(entry))
  }
  return chosen
}

/** Constrained domination: smaller constraint violations come first, then the objectives decide. */
function beats(a: Trial, b: Trial, directions: readonly StudyDirection[]): boolean {
  const [x, y] = [violation(a), violation(b)]
  if (x !== y) return x < y
  return x === 0 && dominates(valuesOf(a) ?? [], valuesOf(b) ?? [], directions)
}

function crowdings(front: readonly { readonly trial: Trial }[], directions: readonly StudyDirection[]): number[] {
  const room = front.map(() => 0)
  for (const [d, direction] of directions.entries()) {
    const at = (i: number): number => valuesOf(front[i]?.trial as Trial)?.[d] ?? 0
    const order = front.map((_, i) => i).sort((a, b) => compareValues(at(a), at(b), direction) || a - b)
    const span = Math.abs(at(order.at(-1) ?? 0) - at(order[0] ?? 0))
    for (const [place, i] of order.entries()) {
      const [before, behind] = [order[place - 1], order[place + 1]]
      const gap = before === undefined || behind === undefined ? Infinity : Math.abs(at(behind) - at(before)) / span
      room[i] = (room[i] ?? 0) + (Number.isNaN(gap) ? 0 : gap)
    }
  }
  return room
}
