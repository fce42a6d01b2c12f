import { isObject } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { formatValue } from '../../../shared/describe.ts'
import type { Marker } from '../../../shared/wire.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { dateTime } from '../../parts/time.ts'
import { useRun } from '../../run/run-context.ts'
import { madeCourses } from '../../staged/course.ts'
import { CoursePlot } from '../../staged/course-plot.tsx'
import { useStream } from '../panel.ts'
import { EffectTable } from './effect-table.tsx'
import { shownChange } from './open-change.ts'
import { RevertPart } from './revert-part.tsx'
import { changesTraining } from './training-change.ts'

/** What changes did to metrics; `openChange` opens it. */
export function ChangeDialog(): JSX.Element | null {
  const { describe } = useRun()
  const { detail } = useStream('state')
  if (shownChange.value === undefined) return null
  const { marks, names } = shownChange.value
  const key = detail.value?.row.key_metric?.name
  const wanted = [...new Set([...names, ...(key === undefined ? [] : [key])])]
  const [first] = marks
  const title = marks.length === 1 && first !== undefined ? describe(first) : `${marks.length} changes`
  return (
    <Dialog title={title} onClose={() => (shownChange.value = undefined)}>
      {marks.map((mark) => (
        <Change key={mark.seq} mark={mark} names={wanted} isAlone={marks.length === 1} />
      ))}
    </Dialog>
  )
}

function Change(props: {
  readonly mark: Marker
  readonly names: readonly string[]
  readonly isAlone: boolean
}): JSX.Element {
  const { mark, names, isAlone } = props
  const { describe } = useRun()
  return (
    <section>
      {!isAlone && <h3>{describe(mark)}</h3>}
      <dl class="pairs">
        <dt>Step</dt>
        <dd>{mark.step}</dd>
        <dt>Who</dt>
        <dd>
          {mark.author ?? mark.source}
          {mark.author === null ? '' : ` (${mark.source})`}, {dateTime(mark.wall_time)}
        </dd>
        {pairsOf(mark).map(([name, from, to]) => (
          <>
            <dt>{name}</dt>
            <dd>
              {from} → <b>{to}</b>
            </dd>
          </>
        ))}
        <dt>Ledger</dt>
        <dd>#{mark.seq}</dd>
      </dl>
      <Courses mark={mark} />
      <EffectTable step={mark.step} names={names} isChange={changesTraining(mark)} />
      <RevertPart seq={mark.seq} step={mark.step} onSent={() => (shownChange.value = undefined)} />
    </section>
  )
}

/** What the change did to the values themselves: before and after. */
function Courses({ mark }: { readonly mark: Marker }): JSX.Element | null {
  const { detail } = useStream('state')
  const courses = madeCourses(mark, detail.value?.controls ?? [])
  if (courses.length === 0) return null
  return (
    <div class="courses">
      {courses.map((course) => (
        <CoursePlot key={course.key} course={course} />
      ))}
    </div>
  )
}

function pairsOf({ params, old }: Marker): [name: string, from: string, to: string][] {
  if (!isObject(params)) return []
  const before = isObject(old) ? old : {}
  return Object.entries(params).map(([name, value]) => [name, formatValue(before[name]), formatValue(value)])
}
