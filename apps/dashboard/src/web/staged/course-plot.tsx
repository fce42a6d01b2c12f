import type { JSX } from 'preact'
import { formatNumber, formatStep } from '../../shared/describe.ts'
import { courseText, type PlannedCourse } from './course.ts'
import './course-plot.css'

const WIDTH = 240
const HEIGHT = 56
const PAD = 4

/** Shows a control's value over the coming steps: dashed without the change, solid with it. */
export function CoursePlot({ course }: { readonly course: PlannedCourse }): JSX.Element {
  const { key, steps, before, after, at, end } = course
  const first = steps[0] ?? at
  const last = steps.at(-1) ?? at
  const all = [...before, ...after]
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const x = (step: number): number => ((step - first) / (last - first || 1)) * WIDTH
  const y = (value: number): number => HEIGHT - PAD - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * PAD)
  const path = (values: readonly number[]): string =>
    steps.map((step, i) => `${i === 0 ? 'M' : 'L'}${x(step).toFixed(1)} ${y(values[i] ?? low).toFixed(1)}`).join('')
  return (
    <figure class="course" data-course={key}>
      <figcaption>
        <b>{key}</b> <span class="muted">{formatNumber(before[0])}</span> → {formatNumber(after.at(-1))}
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={courseText(course)}>
        <path class="mark" d={`M${x(at)} 0V${HEIGHT}`} />
        {end !== null && <path class="mark" d={`M${x(end)} 0V${HEIGHT}`} />}
        <path class="before" d={path(before)} />
        <path class="after" d={path(after)} />
      </svg>
      <div class="course-steps muted" aria-hidden="true">
        <span>{at === first ? `now ${formatStep(first)}` : `now ${formatStep(first)}, start ${formatStep(at)}`}</span>
        <span>{end === null ? formatStep(last) : `end ${formatStep(end)}`}</span>
      </div>
    </figure>
  )
}
