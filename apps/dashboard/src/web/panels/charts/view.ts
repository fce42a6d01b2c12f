import { effect, type Signal, signal } from '@preact/signals'
import type { MarkChoice } from '../../changes/rail-mark.ts'
import { unescaped } from '../../parts/unescaped.ts'
import { setView, viewParam } from '../../route.ts'
import { pageConfig } from '../../session.ts'
import type { Span } from '../../streams/series-store.ts'
import { keepLayout } from './kept-layout.ts'
import { type ChartLayout, formatLayout, parseLayout } from './layout.ts'

/** The settings of the charts. All of them are in the address, so that a link shows the same charts. */
export interface ChartView {
  readonly smoothing: number
  readonly isLog: boolean
  readonly isNormalised: boolean
  readonly search: string
  /** Titles of pinned charts; undefined if the person has not pinned or unpinned any. */
  readonly pinned: readonly string[] | undefined
  /** The metrics of the one large chart; undefined if all charts are shown. */
  readonly focus: readonly string[] | undefined
  readonly marks: MarkChoice
  readonly layout: ChartLayout
}

/** Returns the view in the address. */
export function chartView(): ChartView {
  const smoothing = Number(viewParam('smooth') ?? pageConfig.value.chart.smoothing)
  return {
    smoothing: smoothing >= 0 && smoothing < 1 ? smoothing : 0,
    isLog: viewParam('log') === '1',
    isNormalised: viewParam('norm') === '1',
    search: viewParam('q') ?? '',
    pinned: listParam('pin'),
    focus: listParam('focus'),
    marks: readMarks(viewParam('marks')),
    layout: chartLayout(),
  }
}

/** Returns the layout in the address. */
export function chartLayout(): ChartLayout {
  return parseLayout({ charts: viewParam('charts'), looks: viewParam('looks'), moves: viewParam('moves') })
}

/** Shows a different layout. The Back button restores the previous one. */
export function setLayout(layout: ChartLayout): void {
  setView(formatLayout(layout), true)
  keepLayout()
}

function readMarks(text: string | null): MarkChoice {
  if (text === 'all') return 'all'
  // Older links contain `0`.
  return text === 'none' || text === '0' ? 'none' : 'changes'
}

/** The steps that all charts show. It changes with each frame while a person pans; the address is updated when the pan stops. */
export const span: Signal<Span> = signal(parseSpan(viewParam('x')))

/** Shows a span of steps in every chart. */
export function setSpan(next: Span): void {
  span.value = next
  clearTimeout(writing)
  writing = setTimeout(() => {
    written = formatSpan(next)
    // A finished zoom is a separate entry in the browser's history, so Back undoes it.
    setView({ x: written }, true)
  }, 200)
}

let writing: ReturnType<typeof setTimeout> | undefined
let written = viewParam('x')

// Back, Forward and links change the address directly.
effect(() => {
  const asked = viewParam('x')
  if (asked === written) return
  written = asked
  span.value = parseSpan(asked)
})

/** Parses `100~400`, `100~`, `~400` or `last500`. */
export function parseSpan(text: string | null): Span {
  const last = /^last(\d+)$/.exec(text ?? '')?.[1]
  if (last !== undefined) return { from: null, to: null, last: Number(last) }
  const span = /^(\d+(?:\.\d+)?)?~(\d+(?:\.\d+)?)?$/.exec(text ?? '')
  const number = (part: string | undefined): number | null => (part === undefined ? null : Number(part))
  return { from: number(span?.[1]), to: number(span?.[2]), last: null }
}

/** The inverse of {@link parseSpan}; returns null for the whole run. */
export function formatSpan({ from, to, last }: Span): string | null {
  if (last !== null) return `last${last}`
  if (from === null && to === null) return null
  const round = (step: number | null): string =>
    step === null ? '' : String(Math.max(0, Math.round(step * 100) / 100))
  return `${round(from)}~${round(to)}`
}

/** Returns a span rounded to whole steps, for people: `100 to 400`, `from 100`. */
export function spanText({ from, to }: Span): string {
  const [start, end] = [from, to].map((step) => (step === null ? null : String(Math.max(0, Math.round(step)))))
  if (start === null) return `up to ${end}`
  return end === null ? `from ${start}` : `${start} to ${end}`
}

/** Pins or unpins a chart. */
export function togglePin(title: string, pinned: readonly string[]): void {
  const next = pinned.includes(title) ? pinned.filter((other) => other !== title) : [...pinned, title]
  setPins(next)
}

/** Pins these charts, in this order. */
export function setPins(titles: readonly string[]): void {
  setView({ pin: titles.length === 0 ? '-' : titles.map(encodeURIComponent).join(',') })
  keepLayout()
}

/** Shows metrics in one large chart; an empty list shows all charts again. */
export function setFocus(names: readonly string[]): void {
  setView({ focus: names.map(encodeURIComponent).join(',') }, true)
}

function listParam(name: string): string[] | undefined {
  const text = viewParam(name)
  if (text === null) return undefined
  return text
    .split(',')
    .filter((part) => part !== '' && part !== '-')
    .map(unescaped)
}
