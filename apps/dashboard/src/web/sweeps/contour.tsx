import type { JSX } from 'preact'
import type { Cell, SweepContourAnswer } from '../../shared/sweeps/sweep-wire.ts'
import { cellText } from './sweep-data.ts'
import { openTrial } from './trial-dialog.tsx'
import { COLORS, colorOf } from './value-colors.ts'

const WIDTH = 340
const HEIGHT = 270
const LEFT = 60
const TOP = 6
const BOTTOM = 36

/** Estimated values over two parameters as colours, with the trials as dots. */
export function ContourPicture(props: {
  readonly contour: SweepContourAnswer
  readonly direction: 'min' | 'max'
}): JSX.Element {
  const { contour, direction } = props
  const { x, y, grid, points } = contour
  const [columns, rows] = [x.places.length, y.places.length]
  const [w, h] = [(WIDTH - LEFT - 8) / columns, (HEIGHT - TOP - BOTTOM) / rows]
  const color = createColors(grid.flat(), direction)
  const across = placer(x)
  const up = placer(y)
  const leftOf = (cell: Cell): number => LEFT + (across(cell) + 0.5) * w
  const topOf = (cell: Cell): number => HEIGHT - BOTTOM - (up(cell) + 0.5) * h
  return (
    <svg class="contour" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${x.name} and ${y.name}`}>
      {grid.flatMap((row, j) =>
        row.map((value, i) => (
          <rect
            key={`${i} ${j}`}
            x={LEFT + i * w}
            y={HEIGHT - BOTTOM - (j + 1) * h}
            width={w + 0.5}
            height={h + 0.5}
            fill={color(value)}
          />
        )),
      )}
      {points.map((point) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: keyboard users reach the same trials in the table.
        <circle
          key={point.i}
          cx={leftOf(point.x)}
          cy={topOf(point.y)}
          r={points.length > 200 ? 1.5 : 3}
          onClick={() => openTrial(point.i)}
        >
          <title>{`trial ${point.i}: ${cellText(point.x)}, ${cellText(point.y)}: ${cellText(point.value)}`}</title>
        </circle>
      ))}
      {ends(x.places).map(({ cell, at }) => (
        <text key={at} x={LEFT + (at + 0.5) * w} y={HEIGHT - BOTTOM + 14} text-anchor="middle">
          {cellText(cell)}
        </text>
      ))}
      {ends(y.places).map(({ cell, at }) => (
        <text key={at} x={LEFT - 6} y={HEIGHT - BOTTOM - (at + 0.5) * h + 4} text-anchor="end">
          {cellText(cell)}
        </text>
      ))}
      <text class="name" x={LEFT + (WIDTH - LEFT) / 2} y={HEIGHT - 4} text-anchor="middle">
        {x.name}
      </text>
      <text
        class="name"
        x={12}
        y={(HEIGHT - BOTTOM) / 2}
        text-anchor="middle"
        transform={`rotate(-90 12 ${(HEIGHT - BOTTOM) / 2})`}
      >
        {y.name}
      </text>
    </svg>
  )
}

/** Returns a function that assigns a colour to an estimate according to its rank among all estimates in the plot. */
function createColors(values: readonly (number | null)[], direction: 'min' | 'max'): (value: number | null) => string {
  const sorted = Float64Array.from(values.filter((value) => value !== null)).sort()
  const rankOf = (value: number): number => {
    let [low, high] = [0, sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sorted[middle] ?? 0) < value) low = middle + 1
      else high = middle
    }
    return sorted.length <= 1 ? 0 : low / (sorted.length - 1)
  }
  return (value) => {
    if (value === null) return 'none'
    const share = direction === 'max' ? 1 - rankOf(value) : rankOf(value)
    return colorOf(Math.min(COLORS - 1, Math.floor(share * COLORS)))
  }
}

/** Returns a function that places a value along the cells of an axis. A number between two cells is placed between them. */
function placer({ places, log }: SweepContourAnswer['x']): (cell: Cell) => number {
  const first = places[0]
  const last = places.at(-1)
  const isNumeric = places.length > 1 && places.every((one) => typeof one === 'number')
  if (!isNumeric || typeof first !== 'number' || typeof last !== 'number') {
    return (cell) => Math.max(0, places.indexOf(cell))
  }
  const exact = new Map<Cell, number>(places.map((one, at) => [one, at]))
  const warp = log && first > 0 ? Math.log : (value: number): number => value
  const span = warp(last) - warp(first) || 1
  return (cell) =>
    exact.get(cell) ?? (typeof cell === 'number' ? ((warp(cell) - warp(first)) / span) * (places.length - 1) : 0)
}

/** Returns the positions with a label: all of them, or five if there are more than six. */
function ends(places: readonly Cell[]): readonly { readonly cell: Cell; readonly at: number }[] {
  const all = places.map((cell, at) => ({ cell, at }))
  if (all.length <= 6) return all
  const every = (all.length - 1) / 4
  return [0, 1, 2, 3, 4].flatMap((k) => all[Math.round(k * every)] ?? [])
}
