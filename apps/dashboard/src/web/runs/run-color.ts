import { isObject, parseJson } from '@hotcb/protocol'
import { signal } from '@preact/signals'
import { isDark } from '../theme.ts'
import { assignLooks, COLORS, DASHES, formatLooks, plainLook } from './run-looks.ts'
import { DARK_COLORS, LIGHT_COLORS } from './run-palette.ts'

/** A run's colour and line style. */
export interface RunLook {
  readonly color: string
  /** Lengths of dash and gap in pixels; empty for a solid line. */
  readonly dash: readonly number[]
}

const KEY = 'hotcb-colors'
const MOST_KEPT = 400

/** The look of each run that this browser has shown, most recent last. A look is the number of a colour and line style. */
const kept = signal<ReadonlyMap<string, number>>(readKept())

/** Returns a run's look, which is the same in the table and in every chart. */
export function runLook(id: string): RunLook {
  return drawnLook(kept.value.get(id) ?? plainLook(id))
}

/** Returns a look's colour and line style, in the current theme. */
export function drawnLook(look: number): RunLook {
  const colors = isDark.value ? DARK_COLORS : LIGHT_COLORS
  return { color: colors[look % COLORS] ?? '', dash: DASHES[Math.floor(look / COLORS)] ?? [] }
}

/** Gives the runs in a table different looks. Runs that were shown before keep theirs, and the others get unused ones. */
export function showTogether(ids: readonly string[]): void {
  const known = kept.peek()
  const inOrder = [...ids.filter((id) => known.has(id)), ...ids.filter((id) => !known.has(id))]
  keepLooks(assignLooks(inOrder, (id) => known.get(id)))
}

/** Returns the looks of runs for a link to another page; null if the link needs none. */
export function linkedLooks(ids: readonly string[]): string | null {
  return formatLooks(
    ids,
    assignLooks(ids, (id) => kept.peek().get(id)),
  )
}

/** Stores looks for other pages and for use after a reload. */
export function keepLooks(looks: ReadonlyMap<string, number>): void {
  const before = kept.peek()
  if ([...looks].every(([id, look]) => before.get(id) === look)) return
  const next = [...[...before].filter(([id]) => !looks.has(id)), ...looks].slice(-MOST_KEPT)
  kept.value = new Map(next)
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(next)))
  } catch {
    // Storage may be forbidden or full; the looks are then lost when the page is closed.
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
