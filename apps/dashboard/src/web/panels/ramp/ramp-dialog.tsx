import { checkParams, controlsByKey, isRampMoving } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useId, useState } from 'preact/hooks'
import { formatNumber } from '../../../shared/describe.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { roleReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import { stepOf, totalOf } from '../../staged/apply-staged.ts'
import { plannedCourse } from '../../staged/course.ts'
import { CoursePlot } from '../../staged/course-plot.tsx'
import { useStream } from '../panel.ts'
import { shownRamp } from './open-ramp.ts'
import { rampRequest, type TypedRamp } from './ramp-request.ts'
import '../../launcher/start.css'

const EMPTY: TypedRamp = { type: 'linear', end: '', steps: '', start: '' }

/**
 * Plans a ramp for one control. The planned values are drawn while the person types, and the ramp is staged like any other change.
 */
export function RampDialog(): JSX.Element | null {
  const { staging } = useRun()
  const { detail } = useStream('state')
  const [typed, setTyped] = useState<TypedRamp>(EMPTY)
  const key = shownRamp.value
  const controls = detail.value?.controls ?? []
  const control = controls.find(({ param_key: name }) => name === key)
  const close = (): void => {
    shownRamp.value = undefined
  }
  if (key === undefined || control === undefined) return null
  const asked = rampRequest(typed)
  const value = asked !== undefined && 'value' in asked ? asked.value : undefined
  const refused = value && checkParams({ [`ramps.${key}`]: value }, controlsByKey(controls))
  const problem = asked !== undefined && 'problem' in asked ? asked.problem : refused?.reason
  const now = stepOf(detail.value)
  const course = value && plannedCourse(control, value, { now: now ?? 0, at: null, total: totalOf(detail.value) })
  const barred = roleReason(detail.value) ?? problem
  const isMoving = isRampMoving(control.ramp, now)
  return (
    <Dialog title={`Ramp for ${key}`} onClose={close}>
      <form
        class="start"
        onSubmit={(event) => {
          event.preventDefault()
          if (value === undefined || barred !== undefined) return
          staging.stageRamp(control, value)
          close()
        }}
      >
        <Fields typed={typed} current={control.current} onChange={setTyped} />
        <p class="issue" role="alert">
          {problem}
        </p>
        {course !== undefined && <CoursePlot course={course} />}
        <div class="actions">
          <button
            type="submit"
            class="button primary"
            disabled={value === undefined || barred !== undefined}
            title={barred}
          >
            Stage
          </button>
          {isMoving && (
            <button
              type="button"
              class="button"
              onClick={() => {
                staging.stageRamp(control, null)
                close()
              }}
            >
              End the running ramp
            </button>
          )}
        </div>
      </form>
    </Dialog>
  )
}

/** Returns an example value that differs from the current one. */
function exampleEnd(current: number): string {
  return formatNumber(current === 0 ? 0.1 : current / 10)
}

function Fields(props: {
  readonly typed: TypedRamp
  readonly current: unknown
  readonly onChange: (typed: TypedRamp) => void
}): JSX.Element {
  const { typed, current, onChange } = props
  const id = useId()
  const field = (name: 'end' | 'steps' | 'start', title: string, hint: string): JSX.Element => (
    <div>
      <label for={`${id}-${name}`}>{title}</label>
      <input
        id={`${id}-${name}`}
        class="input"
        inputMode="decimal"
        autocomplete="off"
        placeholder={hint}
        value={typed[name]}
        onInput={(event) => onChange({ ...typed, [name]: event.currentTarget.value })}
      />
    </div>
  )
  return (
    <div class="start-fields">
      {field('start', 'Start', typeof current === 'number' ? `${formatNumber(current)}, as now` : 'as now')}
      {field('end', 'End', typeof current === 'number' ? `for example ${exampleEnd(current)}` : 'a number')}
      {field('steps', 'Steps', 'for example 500')}
      <div>
        <label for={`${id}-type`}>Shape</label>
        <select
          id={`${id}-type`}
          class="select"
          value={typed.type}
          onChange={(event) =>
            onChange({ ...typed, type: event.currentTarget.value === 'cosine' ? 'cosine' : 'linear' })
          }
        >
          <option value="linear">linear</option>
          <option value="cosine">cosine</option>
        </select>
      </div>
    </div>
  )
}
