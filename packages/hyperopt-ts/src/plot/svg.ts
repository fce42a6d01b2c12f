import { ln } from '../elementary.ts'

/** The area of the plot in a drawing, in pixels. */
export interface PlotFrame {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** An axis of a plot: numbers, or names in a row. */
export interface PlotScale {
  /** From 0 to 1 along the axis. */
  readonly at: (value: unknown) => number
  readonly ticks: readonly { readonly at: number; readonly label: string }[]
}

/** The area of a plot with axes, in a drawing of 640 by 420 pixels. */
export const PLOT_FRAME: PlotFrame = { left: 80, top: 40, width: 520, height: 320 }
export const BLUE = '#2563eb'
export const RED = '#dc2626'
export const GREY = '#9ca3af'

/** Returns a complete drawing. */
export function plotSvg(width: number, height: number, title: string, parts: readonly string[]): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`
  const shown = plotText(width / 2, 18, title, 'middle', ' font-weight="bold"')
  return `${head}<title>${escaped(title)}</title><rect width="100%" height="100%" fill="#fff"/>${shown}${parts.join('')}</svg>\n`
}

/** Returns text at a position. */
export function plotText(x: number, y: number, words: string, anchor = 'start', more = ''): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${more}>${escaped(words)}</text>`
}

/** Returns a dot with a tooltip. */
export function plotDot(x: number, y: number, fill: string, tip: string, radius = 4): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" fill="${fill}" fill-opacity="0.75"><title>${escaped(tip)}</title></circle>`
}

/** Returns a line through points. */
export function plotPath(points: readonly (readonly [number, number])[], stroke: string, width = 1.5): string {
  if (points.length === 0) return ''
  const d = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('')
  return `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}"/>`
}

/** Returns a filled rectangle. */
export function plotBar(x: number, y: number, width: number, height: number, fill: string, tip: string): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(Math.max(0, width))}" height="${round(height)}" fill="${fill}"><title>${escaped(tip)}</title></rect>`
}

/** Returns both axes with their ticks and names. */
export function plotAxes(frame: PlotFrame, x: PlotScale, y: PlotScale, xName: string, yName: string): string {
  const { left, top, width, height } = frame
  const bottom = top + height
  const lines = [
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="none" stroke="${GREY}"/>`,
    plotText(left + width / 2, bottom + 38, xName, 'middle'),
    plotText(16, top + height / 2, yName, 'middle', ` transform="rotate(-90 16 ${top + height / 2})"`),
  ]
  for (const { at, label } of x.ticks) lines.push(plotText(left + at * width, bottom + 18, label, 'middle'))
  for (const { at, label } of y.ticks) {
    lines.push(
      `<line x1="${left}" x2="${left + width}" y1="${round(bottom - at * height)}" y2="${round(bottom - at * height)}" stroke="#e5e7eb"/>`,
      plotText(left - 8, bottom - at * height + 4, label, 'end'),
    )
  }
  return lines.join('')
}

/** Returns an axis for these values: numeric if all are numbers, and logarithmic if requested; otherwise their names in a row. */
export function plotScale(values: readonly unknown[], log = false): PlotScale {
  const numbers = values.filter((value) => typeof value === 'number' && Number.isFinite(value)) as number[]
  if (numbers.length < values.length && values.some((value) => typeof value !== 'number')) return names(values)
  if (numbers.length === 0) return { at: () => 0.5, ticks: [] }
  const warp = log && Math.min(...numbers) > 0 ? ln : (value: number): number => value
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
  const [start, span] = [warp(low), warp(high) - warp(low)]
  const at = (value: unknown): number => (span > 0 ? (warp(Number(value)) - start) / span : 0.5)
  const shown = warp === ln ? roundPowers(low, high) : roundNumbers(low, high, numbers.every(Number.isInteger))
  const ticks = (shown.length > 1 ? shown : [low, high]).map((value) => ({ at: at(value), label: plain(value) }))
  return { at, ticks: span > 0 ? ticks : ticks.slice(0, 1) }
}

/** Returns three to seven round numbers from `low` to `high`. */
function roundNumbers(low: number, high: number, whole = false): number[] {
  const rough = (high - low) / 6
  if (!(rough > 0 && Number.isFinite(rough))) return []
  const power = Number(`1e${Math.floor(ln(rough) / ln(10) + 1e-9)}`)
  const step = Math.max(whole ? 1 : 0, power * ([1, 2, 5].find((one) => one * power >= rough * 0.999) ?? 10))
  const first = Math.ceil(low / step - 1e-9)
  const count = Math.max(0, Math.floor(high / step + 1e-9) - first + 1)
  return Array.from({ length: count }, (_, i) => (first + i) * step)
}

/** Returns at most seven powers of ten from `low` to `high`; round numbers if there are fewer than three. */
function roundPowers(low: number, high: number): number[] {
  const first = Math.ceil(ln(low) / ln(10) - 1e-9)
  const last = Math.floor(ln(high) / ln(10) + 1e-9)
  const powers = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i)
  const every = Math.ceil(powers.length / 7)
  if (powers.length > 2) return powers.filter((_, i) => i % every === 0).map((power) => Number(`1e${power}`))
  const around = [first - 1, first, first + 1].map((power) => Number(`1e${power}`))
  return around.flatMap((power) => [1, 2, 5].map((one) => one * power)).filter((value) => value >= low && value <= high)
}

function names(values: readonly unknown[]): PlotScale {
  const all = [...new Set(values.map(String))].sort()
  const place = (name: string): number => (all.indexOf(name) + 0.5) / all.length
  const shown = all.length > 12 ? [] : all
  return { at: (value) => place(String(value)), ticks: shown.map((label) => ({ at: place(label), label })) }
}

/** Formats a number with few digits. */
export function plotNumber(value: unknown): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(3))) : String(value)
}

/** Formats a number in ordinary notation, without arithmetic rounding errors. */
function plain(value: number): string {
  return String(Number(value.toPrecision(10)))
}

/** Returns a colour from blue for 0 to yellow for 1. */
export function plotShade(share: number): string {
  const s = Math.min(1, Math.max(0, Number.isNaN(share) ? 1 : share))
  const mix = (a: number, b: number): number => Math.round(a + (b - a) * s)
  return `rgb(${mix(37, 253)},${mix(99, 224)},${mix(235, 71)})`
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

function round(value: number): number {
  return Number(value.toFixed(1))
}
