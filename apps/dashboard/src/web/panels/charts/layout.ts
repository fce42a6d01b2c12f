import type { ChartSpec } from '../../../shared/chart-groups.ts'
import {
  type ChartOptions,
  type ChartSpec as DrawnChart,
  formatCharts,
  PLAIN_OPTIONS,
  parseCharts,
} from '../../compare/chart-spec.ts'
import { unescaped } from '../../parts/unescaped.ts'

/** The charts that a person created, changed or moved, as stored in the address. */
export interface ChartLayout {
  /** Custom charts, each with its lines: metrics or expressions over metrics. */
  readonly own: readonly (readonly string[])[]
  /** The settings of charts, by title. A chart that is not listed has the default settings. */
  readonly looks: readonly DrawnChart[]
  /** The moves of charts, oldest first. */
  readonly moves: readonly Move[]
}

/** A move of a chart to the place before another chart in its group; null is the end of the group. */
export interface Move {
  readonly title: string
  readonly before: string | null
}

/** The layout of a person who has changed nothing. */
export const NO_LAYOUT: ChartLayout = { own: [], looks: [], moves: [] }

/** The address parameters that contain a layout. */
export const LAYOUT_PARAMS = ['charts', 'looks', 'moves'] as const

export type LayoutParams = Readonly<Record<(typeof LAYOUT_PARAMS)[number], string | null>>

/** Parses the parameters in an address. */
export function parseLayout({ charts, looks, moves }: LayoutParams): ChartLayout {
  if (charts === null && looks === null && moves === null) return NO_LAYOUT
  return {
    own: partsOf(charts)
      .map((part) => part.split('\n').filter((line) => line !== ''))
      .filter((lines) => lines.length > 0),
    looks: parseCharts(looks ?? ''),
    moves: partsOf(moves).map((part) => {
      const [title = '', before = ''] = part.split('\n')
      return { title, before: before === '' ? null : before }
    }),
  }
}

/** The inverse of {@link parseLayout}. */
export function formatLayout({ own, looks, moves }: ChartLayout): LayoutParams {
  const join = (parts: readonly string[]): string | null => parts.map(encodeURIComponent).join(',') || null
  return {
    charts: join(own.map((lines) => lines.join('\n'))),
    looks: formatCharts(looks) || null,
    moves: join(moves.map(({ title, before }) => `${title}\n${before ?? ''}`)),
  }
}

/** Returns the title of a custom chart. No two charts on a page may have the same title. */
export function titleOfLines(lines: readonly string[]): string {
  return lines.join(', ')
}

/** Returns a chart's settings. */
export function optionsOf({ looks }: ChartLayout, title: string): ChartOptions {
  return looks.find(({ text }) => text === title) ?? PLAIN_OPTIONS
}

/** Returns the layout with changed settings for a chart. */
export function withOptions(layout: ChartLayout, title: string, options: ChartOptions): ChartLayout {
  const rest = layout.looks.filter(({ text }) => text !== title)
  const next = { ...options, text: title }
  return { ...layout, looks: isPlain(options) ? rest : [...rest, next] }
}

function isPlain(options: ChartOptions): boolean {
  return formatCharts([{ ...options, text: '' }]) === ''
}

/** Returns the layout with a custom chart that replaces the one called `title`. Without lines, that chart is removed. */
export function withOwn(layout: ChartLayout, title: string | null, lines: readonly string[]): ChartLayout {
  const at = layout.own.findIndex((one) => titleOfLines(one) === title)
  const own = [...layout.own]
  if (lines.length === 0) own.splice(at, at < 0 ? 0 : 1)
  else if (at < 0) own.unshift(lines)
  else own[at] = lines
  const next = titleOfLines(lines)
  const looks = layout.looks.flatMap((look) => {
    if (title === null || look.text !== title) return [look]
    return lines.length === 0 ? [] : [{ ...look, text: next }]
  })
  return { ...layout, own, looks }
}

/** Returns the layout with a chart moved before another. If `before` is null, it moves to the end of its group. */
export function withMove(layout: ChartLayout, move: Move): ChartLayout {
  if (layout.own.some((lines) => titleOfLines(lines) === move.title)) {
    return { ...layout, own: arranged(layout.own, (lines) => titleOfLines(lines), [move]) }
  }
  return { ...layout, moves: [...layout.moves.filter(({ title }) => title !== move.title), move] }
}

/** Sorts the charts in a group according to the moves that people made. Moving a missing chart, or moving to one, has no effect. */
export function inOrder(charts: readonly ChartSpec[], moves: readonly Move[]): readonly ChartSpec[] {
  return moves.length === 0 ? charts : arranged(charts, ({ title }) => title, moves)
}

function arranged<Item>(items: readonly Item[], titleOf: (item: Item) => string, moves: readonly Move[]): Item[] {
  const all = [...items]
  for (const { title, before } of moves) {
    const from = all.findIndex((item) => titleOf(item) === title)
    if (from < 0 || before === title) continue
    if (before !== null && !all.some((item) => titleOf(item) === before)) continue
    const [moved] = all.splice(from, 1)
    if (moved === undefined) continue
    const to = before === null ? all.length : all.findIndex((item) => titleOf(item) === before)
    all.splice(to, 0, moved)
  }
  return all
}

function partsOf(text: string | null): string[] {
  return (text ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map(unescaped)
}
