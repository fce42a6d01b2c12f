import { isObject, parseJson } from '@hotcb/protocol'
import { place, queryOf, showQuery } from '../../route.ts'
import { LAYOUT_PARAMS } from './layout.ts'

const KEY = 'hotcb-charts'
const KEPT_PARAMS = [...LAYOUT_PARAMS, 'pin']
const MOST_RUNS = 100

/** Stores the person's arrangement of this run's charts in this browser. */
export function keepLayout(): void {
  const at = place.value
  if (at.page !== 'run') return
  const query = queryOf(KEPT_PARAMS)
  const rest = readKept().filter(([id]) => id !== at.id)
  const next = query === '' ? rest : [[at.id, query] as const, ...rest].slice(0, MOST_RUNS)
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(next)))
  } catch {
    // Storage may be forbidden or full; the address still contains the charts.
  }
}

/** Restores the person's arrangement of this run's charts, unless the link contains a different one. */
export function restoreLayout(): void {
  const at = place.value
  if (at.page !== 'run' || queryOf(KEPT_PARAMS) !== '') return
  const kept = readKept().find(([id]) => id === at.id)?.[1]
  if (kept !== undefined) showQuery(kept, KEPT_PARAMS, false)
}

function readKept(): (readonly [string, string])[] {
  try {
    const read = parseJson(localStorage.getItem(KEY) ?? '{}')
    if (!read.ok || !isObject(read.value)) return []
    return Object.entries(read.value).flatMap(([id, query]) =>
      typeof query === 'string' ? [[id, query] as const] : [],
    )
  } catch {
    return []
  }
}
