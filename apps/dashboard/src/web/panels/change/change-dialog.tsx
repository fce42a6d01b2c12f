import { isObject } from '@hotcb/protocol'
import { plainReason } from '@hotcb/run'
import type { JSX } from 'preact'
import { formatValue } from '../../../shared/describe.ts'
import type { QueuedRow } from '../../../shared/queued-row.ts'
import { askerOf, placeText, queuedText } from '../../../shared/queued-text.ts'
import type { Marker } from '../../../shared/wire.ts'
import { CancelButton } from '../../answers/cancel-button.tsx'
import { Decision } from '../../changes/decision.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { dateTime } from '../../parts/time.ts'
import { setView } from '../../route.ts'
import { useRun } from '../../run/run-context.ts'
import { madeCourses } from '../../staged/course.ts'
import { CoursePlot } from '../../staged/course-plot.tsx'
import { useStream } from '../panel.ts'
import { EffectTable } from './effect-table.tsx'
import { shownChange } from './open-change.ts'
import { RevertPart } from './revert-part.tsx'
import { changesTraining } from './training-change.ts'

/** Shows the effects of changes on metrics. `openChange` opens the dialog. */
export function ChangeDialog(): JSX.Element | null {
  const { describe } = useRun()
  const { detail } = useStream('state')
  if (shownChange.value === undefined) return null
  const { marks, waiting, names } = shownChange.value
  const key = detail.value?.row.key_metric?.name
  const wanted = [...new Set([...names, ...(key === undefined ? [] : [key])])]
  const [first] = marks
  const count = marks.length + waiting.length
  const [alone] = waiting
  const only = first === undefined ? alone && queuedText(alone, describe) : describe(first)
  const title = count === 1 ? (only ?? '') : `${count} changes`
  return (
    <Dialog title={title} onClose={() => (shownChange.value = undefined)}>
      {marks.map((mark) => (
        <Change key={mark.seq} mark={mark} names={wanted} isAlone={count === 1} />
      ))}
      {waiting.map((row) => (
        <Waiting key={row.cid} row={row} isAlone={count === 1} />
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
        <dt>Outcome</dt>
        <dd>
          <Decision decision={mark.decision} />
          {mark.note !== null && ` ${plainReason(mark.note)}`}
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
        <dd>
          <button type="button" class="link" onClick={() => showLine(mark.seq)}>
            #{mark.seq}
          </button>
        </dd>
      </dl>
      {mark.decision === 'applied' && (
        <>
          <Courses mark={mark} />
          <EffectTable step={mark.step} names={names} isChange={changesTraining(mark)} />
          <RevertPart seq={mark.seq} step={mark.step} onSent={() => (shownChange.value = undefined)} />
        </>
      )}
    </section>
  )
}

/** Shows the ledger line of a change. */
function showLine(seq: number): void {
  shownChange.value = undefined
  setView({ tab: 'ledger', line: String(seq) }, true)
}

/** Shows a command that is waiting for its step. */
function Waiting({ row, isAlone }: { readonly row: QueuedRow; readonly isAlone: boolean }): JSX.Element {
  const { describe } = useRun()
  const text = queuedText(row, describe)
  return (
    <section>
      {!isAlone && <h3>{text}</h3>}
      <dl class="pairs">
        <dt>Outcome</dt>
        <dd>scheduled {placeText(row) || 'for the next safe point'}</dd>
        <dt>Who</dt>
        <dd>{askerOf(row) || 'unknown'}</dd>
      </dl>
      <div class="actions">
        <CancelButton cid={row.cid} text={text} isQueued={!row.held} onSent={() => (shownChange.value = undefined)} />
      </div>
    </section>
  )
}

/** Shows the values before and after the change. */
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
  return Object.entries(params)
    .filter(([name, value]) => !(isNothing(value) && isNothing(before[name])))
    .map(([name, value]) => [name, formatValue(before[name]), formatValue(value)])
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined
}
