import type { ChartSpec } from '../../../shared/chart-groups.ts'
import {
  type ChartOptions,
  type ChartSpec as DrawnChart,
  formatCharts,
  PLAIN_OPTIONS,
  parseCharts,
} from '../../compare/chart-spec.ts'
import { unescaped } from '../../parts/unescaped.ts'

/** The charts that a person made, changed or moved, as the address has them. */
export interface ChartLayout {
  /** Custom charts, each with its lines: metrics or expressions over metrics. */
  readonly own: readonly (readonly string[])[]
  /** How charts are drawn, by title. What is not listed is drawn as usual. */
  readonly looks: readonly DrawnChart[]
  /** Charts that were moved, oldest first. */
  readonly moves: readonly Move[]
}

/** A chart that was moved to the place before another of its group; null is the end of the group. */
export interface Move {
  readonly title: string
  readonly before: string | null
}

/** Charts as they are for everyone who has changed nothing. */
export const NO_LAYOUT: ChartLayout = { own: [], looks: [], moves: [] }

/** The parameters of the address that make a layout. */
export const LAYOUT_PARAMS = ['charts', 'looks', 'moves'] as const

export type LayoutParams = Readonly<Record<(typeof LAYOUT_PARAMS)[number], string | null>>

/** Reads the parameters of an address. */
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

/** The title of a custom chart; no two charts of a page may have the same name. */
export function titleOfLines(lines: readonly string[]): string {
  return lines.join(', ')
}

/** How a chart is drawn. */
export function optionsOf({ looks }: ChartLayout, title: string): ChartOptions {
  return looks.find(({ text }) => text === title) ?? PLAIN_OPTIONS
}

/** The layout with another look of a chart. */
export function withOptions(layout: ChartLayout, title: string, options: ChartOptions): ChartLayout {
  const rest = layout.looks.filter(({ text }) => text !== title)
  const next = { ...options, text: title }
  return { ...layout, looks: isPlain(options) ? rest : [...rest, next] }
}

function isPlain(options: ChartOptions): boolean {
  return formatCharts([{ ...options, text: '' }]) === ''
}

/** The layout with another custom chart, in the place of the one called `title`; without lines, that one is removed. */
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

/** The layout with a chart moved before another; `before` null moves it to the end of its group. */
export function withMove(layout: ChartLayout, move: Move): ChartLayout {
  if (layout.own.some((lines) => titleOfLines(lines) === move.title)) {
    return { ...layout, own: arranged(layout.own, (lines) => titleOfLines(lines), [move]) }
  }
  return { ...layout, moves: [...layout.moves.filter(({ title }) => title !== move.title), move] }
}

/** Charts of one group in the order that people gave them. A move from or to a chart that is not there changes nothing. */
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
