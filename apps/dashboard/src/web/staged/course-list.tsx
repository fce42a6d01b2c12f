import type { ControlDescription } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useRun } from '../run/run-context.ts'
import { stepOf, totalOf } from './apply-staged.ts'
import { plannedCourse } from './course.ts'
import { CoursePlot } from './course-plot.tsx'
import { controlKey, type Staged } from './staged.ts'

/** The maximum number of plots; more do not fit. */
const MOST = 6

/** Shows the planned values of the staged numbers, before they are sent. */
export function CourseList(props: {
  readonly staged: Staged
  readonly controls: ReadonlyMap<string, ControlDescription>
  readonly issues: ReadonlyMap<string, string>
  /** The step at which they will be applied; null for the next safe point. */
  readonly at: number | null
}): JSX.Element | null {
  const { staged, controls, issues, at } = props
  const { detail } = useRun()
  const place = { now: stepOf(detail.value) ?? 0, at, total: totalOf(detail.value) }
  const courses = [...staged].flatMap(([key, { value }]) => {
    const control = controls.get(controlKey(key))
    if (control === undefined || issues.has(key)) return []
    return plannedCourse(control, value, place) ?? []
  })
  if (courses.length === 0) return null
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
    <section class="courses" aria-label="Values over the coming steps" tabIndex={0}>
      {courses.slice(0, MOST).map((course) => (
        <CoursePlot key={course.key} course={course} />
      ))}
    </section>
  )
}
