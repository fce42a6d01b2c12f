import { assignLooks, formatLooks } from '../runs/run-looks.ts'
import type { CompareView } from './compare-view.ts'
import type { RunGroup } from './groups.ts'

/**
 * The looks of the lines, by run or group. They follow from the address alone, so that a link shows everyone the same colours:
 * those that it names, and else those of the names of the runs in the order of choosing.
 */
export function lineLooks(
  { runs, looks, filter, grouping }: Pick<CompareView, 'runs' | 'looks' | 'filter' | 'grouping'>,
  groups: readonly Pick<RunGroup, 'id'>[],
): ReadonlyMap<string, number> {
  const ids = groups.map(({ id }) => id)
  if (grouping !== 'none') return assignLooks(ids)
  // What a filter finds comes in an order that changes while runs train.
  return filter === null ? assignLooks(runs, (id) => looks.get(id)) : assignLooks([...ids].sort())
}

/** The parameters of the address without one of its runs; the others keep their looks. */
export function withoutRun(
  id: string,
  runs: readonly string[],
  looks: ReadonlyMap<string, number>,
): Readonly<Record<string, string | null>> {
  const rest = runs.filter((other) => other !== id)
  return { filter: null, runs: rest.map(encodeURIComponent).join(','), colors: formatLooks(rest, looks) }
}
