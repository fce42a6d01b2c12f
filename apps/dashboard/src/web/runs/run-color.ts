import { isObject, parseJson } from '@hotcb/protocol'
import { signal } from '@preact/signals'
import { isDark } from '../theme.ts'
import { assignLooks, COLORS, DASHES, formatLooks, plainLook } from './run-looks.ts'
import { DARK_COLORS, LIGHT_COLORS } from './run-palette.ts'

/** How a run is drawn. */
export interface RunLook {
  readonly color: string
  /** Lengths of line and gap in pixels; empty for a solid line. */
  readonly dash: readonly number[]
}

const KEY = 'hotcb-colors'
const MOST_KEPT = 400

/** The look of each run that this browser has shown, the latest last. */
const kept = signal<ReadonlyMap<string, number>>(readKept())

/** The look of a run, the same in the table and in every chart. */
export function runLook(id: string): RunLook {
  return drawnLook(kept.value.get(id) ?? plainLook(id))
}

/** The look with a number, in the theme now. */
export function drawnLook(look: number): RunLook {
  const colors = isDark.value ? DARK_COLORS : LIGHT_COLORS
  return { color: colors[look % COLORS] ?? '', dash: DASHES[Math.floor(look / COLORS)] ?? [] }
}

/** Distinguishes the runs of a table: those that were shown before keep their looks, the others get free ones. */
export function showTogether(ids: readonly string[]): void {
  const known = kept.peek()
  const inOrder = [...ids.filter((id) => known.has(id)), ...ids.filter((id) => !known.has(id))]
  keepLooks(assignLooks(inOrder, (id) => known.get(id)))
}

/** The looks of runs that go to another page, as a link contains them; null if it needs none. */
export function linkedLooks(ids: readonly string[]): string | null {
  return formatLooks(
    ids,
    assignLooks(ids, (id) => kept.peek().get(id)),
  )
}

/** Keeps looks for the other pages, also after a reload. */
export function keepLooks(looks: ReadonlyMap<string, number>): void {
  const before = kept.peek()
  if ([...looks].every(([id, look]) => before.get(id) === look)) return
  const next = [...[...before].filter(([id]) => !looks.has(id)), ...looks].slice(-MOST_KEPT)
  kept.value = new Map(next)
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(next)))
  } catch {
    // Storage may be forbidden or full; the looks then last as long as the page.
  }
}

function readKept(): ReadonlyMap<string, number> {
  try {
    const read = parseJson(localStorage.getItem(KEY) ?? '{}')
    if (!read.ok || !isObject(read.value)) return new Map()
    const looks = Object.entries(read.value).flatMap(([id, look]) =>
      typeof look === 'number' && Number.isInteger(look) && look >= 0 && look < COLORS * DASHES.length
        ? [[id, look] as const]
        : [],
    )
    return new Map(looks)
  } catch {
    return new Map()
  }
}
