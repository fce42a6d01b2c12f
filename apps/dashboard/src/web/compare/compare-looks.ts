import { assignLooks, formatLooks } from '../runs/run-looks.ts'
import type { CompareView } from './compare-view.ts'
import type { RunGroup } from './groups.ts'

/**
 * Returns the colour and dash of each line, by run or group. They depend only on the address, so that everyone who opens a link
 * sees the same colours. The address may set some of them; the others are assigned to the runs in the order in which they were selected.
 */
export function lineLooks(
  { runs, looks, filter, grouping }: Pick<CompareView, 'runs' | 'looks' | 'filter' | 'grouping'>,
  groups: readonly Pick<RunGroup, 'id'>[],
): ReadonlyMap<string, number> {
  const ids = groups.map(({ id }) => id)
  if (grouping !== 'none') return assignLooks(ids)
  // While runs train, the order in which a filter finds them changes, so they are sorted first.
  return filter === null ? assignLooks(runs, (id) => looks.get(id)) : assignLooks([...ids].sort())
}

/** Returns the address parameters with one run removed. The other runs keep their colours. */
export function withoutRun(
  id: string,
  runs: readonly string[],
  looks: ReadonlyMap<string, number>,
): Readonly<Record<string, string | null>> {
  const rest = runs.filter((other) => other !== id)
  return { filter: null, runs: rest.map(encodeURIComponent).join(','), colors: formatLooks(rest, looks) }
}
