import type { Trajectory } from '@hotcb/metrics/judge'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { Marker } from '../../../shared/wire.ts'
import { sourceColor, sourceOf } from '../../changes/change-look.ts'
import { useRoving } from '../../parts/use-roving.ts'
import { useRun } from '../../run/run-context.ts'
import { openChange } from '../change/open-change.ts'

const WIDTH = 1000
const HEIGHT = 520
const PAD = 24
const PARTS = 24

/** Shows the path, which is darker towards its end, with a mark for each change. */
export function PathPlot(props: { readonly path: Trajectory; readonly marks: readonly Marker[] }): JSX.Element {
  const { path, marks } = props
  const { x, y } = scalesOf(path)
  const { points } = path
  const group = useRef<HTMLDivElement>(null)
  useRoving(group, '.path-mark')
  const { describe } = useRun()
  const last = points.at(-1)
  return (
    <div class="path-plot">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`Path of the run from step ${points[0]?.step} to step ${last?.step} by its two main directions`}
      >
        {Array.from({ length: PARTS }, (_, part) => (
          <polyline
            key={part}
            opacity={0.25 + (0.75 * (part + 1)) / PARTS}
            points={partOf(points, part)
              .map((point) => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`)
              .join(' ')}
          />
        ))}
        {last !== undefined && <circle class="end" cx={x(last.x)} cy={y(last.y)} r={6} />}
      </svg>
      <div ref={group} role="group" aria-label="Changes on the path">
        {marks.map((mark) => {
          const at = points.findLast(({ step }) => step <= mark.step)
          if (at === undefined) return null
          const text = `step ${mark.step}: ${describe(mark)} (${mark.author ?? mark.source})`
          return (
            <button
              key={mark.seq}
              type="button"
              class="path-mark"
              style={{
                left: `${(100 * x(at.x)) / WIDTH}%`,
                top: `${(100 * y(at.y)) / HEIGHT}%`,
                background: `var(${sourceColor(sourceOf(mark.source))})`,
              }}
              title={text}
              aria-label={`Change at ${text}`}
              onClick={() => openChange([mark], [])}
            />
          )
        })}
      </div>
    </div>
  )
}

type Points = Trajectory['points']

/** Returns a section of the path. It includes the first point of the next section, so that there is no gap. */
function partOf(points: Points, part: number): Points {
  const from = Math.floor((part * points.length) / PARTS)
  return points.slice(from, Math.floor(((part + 1) * points.length) / PARTS) + 1)
}

function scalesOf({ points }: Trajectory): {
  readonly x: (value: number) => number
  readonly y: (value: number) => number
} {
  const scale = (values: readonly number[], size: number, isUp: boolean): ((value: number) => number) => {
    const [low, high] = [Math.min(...values), Math.max(...values)]
    const share = (value: number): number => (high > low ? (value - low) / (high - low) : 0.5)
    return (value) => PAD + (size - 2 * PAD) * (isUp ? 1 - share(value) : share(value))
  }
  return {
    x: scale(
      points.map((point) => point.x),
      WIDTH,
      false,
    ),
    y: scale(
      points.map((point) => point.y),
      HEIGHT,
      true,
    ),
  }
}
