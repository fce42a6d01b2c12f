import { type ControlDescription, isObject } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { formatValue } from '../../shared/describe.ts'
import { useRun } from '../run/run-context.ts'
import { applyStaged, discardStaged, stagingState } from './apply-staged.ts'
import { CourseList } from './course-list.tsx'
import { focusControl } from './focus-control.ts'
import { controlKey, type StagedValue } from './staged.ts'
import './staged.css'

/** Shows the staged changes, pinned to the bottom of the window. They can be applied or scheduled together, or discarded. */
export function StagedBar(): JSX.Element | null {
  const run = useRun()
  const { staging, detail } = run
  const bar = useRef<HTMLElement>(null)
  const staged = staging.staged.value
  if (staged.size === 0) return null
  const { controls, issues, moved, step, blocked } = stagingState(run)
  const labels = new Map(controls.map((control) => [control.param_key, control]))
  const apply = (): void => void applyStaged(run, bar.current)
  const onKeyDown = (event: KeyboardEvent): void => {
    const isField = event.target instanceof HTMLInputElement
    if (event.key === 'Enter' && isField) apply()
    else if (event.key === 'Escape') discardStaged(run, bar.current)
    else return
    event.preventDefault()
  }
  const problem = blocked ?? (step.kind === 'wrong' ? step.reason : undefined)
  return (
    <section ref={bar} class="staged-bar" id="staged" aria-label="Staged changes" onKeyDown={onKeyDown}>
      <ul>
        {[...staged].map(([key, held]) => (
          <StagedItem key={key} name={key} held={held} control={labels.get(controlKey(key))} issue={issues.get(key)} />
        ))}
      </ul>
      <CourseList staged={staged} controls={labels} issues={issues} at={step.kind === 'step' ? step.step : null} />
      {moved.size > 0 && <Moved keys={moved} onReview={() => staging.review(controls)} />}
      <div class="send">
        <button
          type="button"
          class="button primary"
          disabled={problem !== undefined || issues.size > 0 || moved.size > 0}
          title={problem ?? (moved.size > 0 ? `${movedText(moved)}: confirm the change first` : undefined)}
          onClick={apply}
        >
          {step.kind === 'none' ? 'Apply' : 'Schedule'} {staged.size === 1 ? '1 change' : `${staged.size} changes`}
        </button>
        {detail.value?.answers !== false && (
          <input
            class="input small at-step"
            inputMode="numeric"
            placeholder="at step"
            aria-label="At step (empty: the next safe point)"
            aria-invalid={step.kind === 'wrong'}
            aria-describedby="staged-problem"
            autocomplete="off"
            value={staging.at.value}
            onInput={(event) => staging.setAt(event.currentTarget.value)}
          />
        )}
        <input
          class="input small note"
          placeholder="Reason (recorded with the change)"
          aria-label="Note"
          maxLength={2000}
          value={staging.note.value}
          onInput={(event) => staging.setNote(event.currentTarget.value)}
        />
        <button type="button" class="button quiet" onClick={() => discardStaged(run, bar.current)}>
          Discard
        </button>
      </div>
      <p id="staged-problem" role="alert" class="issue">
        {problem}
      </p>
    </section>
  )
}

function StagedItem(props: {
  readonly name: string
  readonly held: StagedValue
  readonly control: ControlDescription | undefined
  readonly issue: string | undefined
}): JSX.Element {
  const { name, held, control, issue } = props
  const { staging } = useRun()
  return (
    <li class={issue === undefined ? '' : 'wrong'} data-staged={name} title={issue}>
      <button type="button" class="cut" onClick={() => focusControl(name)} title={control?.label ?? name}>
        {name} {changeText(name, held)}
      </button>
      <button
        type="button"
        class="button icon quiet"
        aria-label={`Do not change ${name}`}
        onClick={(event) => {
          const next = nextStaged(event.currentTarget)
          staging.unstage(name)
          if (next === undefined) focusControl(name)
          else next.focus()
        }}
      >
        ✕
      </button>
    </li>
  )
}

function changeText(name: string, { seen, value }: StagedValue): JSX.Element {
  const isRamp = controlKey(name) !== name
  if (!isRamp) {
    return (
      <>
        {formatValue(seen)} → <b>{formatValue(value)}</b>
      </>
    )
  }
  if (!isObject(value)) return <b>ends</b>
  const { type, steps, end } = value
  return (
    <b>
      {formatValue(type)} to {formatValue(end)} in {formatValue(steps)} steps
    </b>
  )
}

/** Returns the element that receives focus when a list item is removed. */
function nextStaged(button: HTMLElement): HTMLElement | undefined {
  const item = button.closest('li')
  const other = item?.nextElementSibling ?? item?.previousElementSibling
  return other?.querySelector<HTMLElement>('.icon') ?? undefined
}

function Moved({ keys, onReview }: { readonly keys: ReadonlySet<string>; readonly onReview: () => void }): JSX.Element {
  return (
    <p class="moved" role="alert">
      <span>{movedText(keys)}.</span>
      <button type="button" class="button small" onClick={onReview}>
        Change {keys.size === 1 ? 'it' : 'them'} anyway
      </button>
    </p>
  )
}

function movedText(keys: ReadonlySet<string>): string {
  const names = [...keys].join(', ')
  return keys.size === 1 ? `${names} has changed since you edited it` : `${names} have changed since you edited them`
}
