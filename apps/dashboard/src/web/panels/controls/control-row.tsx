import { type ControlDescription, isRampMoving, type Json } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { formatValue } from '../../../shared/describe.ts'
import type { Marker } from '../../../shared/wire.ts'
import type { StagedValue } from '../../staged/staged.ts'
import { openRamp } from '../ramp/open-ramp.ts'
import { ControlInput } from './control-input.tsx'

/** One control: its name and state, its input, the staged change, and its last change's author. */
export function ControlRow(props: {
  readonly control: ControlDescription
  readonly held: StagedValue | undefined
  readonly issue: string | undefined
  /** Why this person may not change the control. */
  readonly barred: string | undefined
  /** The letter that selects the control while letters are shown. */
  readonly hint: string | undefined
  readonly changed: Marker | undefined
  /** The step of the run; null if it is unknown. */
  readonly step: number | null
  /** Whether a ramp may change its value. */
  readonly canRamp: boolean
  readonly onStage: (value: Json, isFine: boolean) => void
}): JSX.Element {
  const { control, held, issue, barred, hint, changed, step, canRamp, onStage } = props
  const { param_key: key, label, current, state, unit } = control
  const isInline = control.type === 'bool' || control.type === 'choice'
  const input = (
    <ControlInput
      control={control}
      value={held === undefined ? current : held.value}
      isDisabled={barred !== undefined || state === 'disabled' || (current === null && control.type === 'tuple')}
      issue={issue}
      onChange={onStage}
    />
  )
  return (
    <div class={`control ${held === undefined ? '' : 'staged'}`} data-control={key} title={barred}>
      <div class="name">
        {hint !== undefined && <kbd class="hint">{hint}</kbd>}
        {control.type === 'tuple' ? (
          <span class="label">{label}</span>
        ) : (
          <label for={`control-${key}`}>
            {label}
            {unit === undefined ? '' : ` (${unit})`}
          </label>
        )}
        <StateNote control={control} step={step} />
        <RampButton control={control} isShown={canRamp} />
        {isInline && input}
      </div>
      {!isInline && <div class="edit">{input}</div>}
      {held !== undefined && issue === undefined && (
        <span class="small-text">
          now {formatValue(current)}, staged <b>{formatValue(held.value)}</b>
        </span>
      )}
      {issue !== undefined && (
        <span class="issue" id={`control-${key}-issue`}>
          {label} {issue}
        </span>
      )}
      <GroupValues control={control} />
      {changed !== undefined && (
        <span class="muted small-text">
          set at step {changed.step} by {changed.author ?? changed.source}
        </span>
      )}
    </div>
  )
}

function RampButton(props: { readonly control: ControlDescription; readonly isShown: boolean }): JSX.Element | null {
  const { param_key: key, label } = props.control
  if (!props.isShown) return null
  return (
    <button
      type="button"
      class="button small quiet ramp"
      aria-label={`Ramp for ${label}…`}
      onClick={() => openRamp(key)}
    >
      Ramp…
    </button>
  )
}

function StateNote(props: { readonly control: ControlDescription; readonly step: number | null }): JSX.Element | null {
  const { state, ramp } = props.control
  if (isRampMoving(ramp, props.step)) return <span class="badge bare accent">ramp</span>
  if (state === 'verified') return <span class="badge bare good">verified</span>
  if (state === 'unverified') return <span class="badge bare warn">set, not yet seen</span>
  return state === 'disabled' ? <span class="badge bare">disabled</span> : null
}

function GroupValues({ control }: { readonly control: ControlDescription }): JSX.Element | null {
  const { groups } = control
  if (groups === undefined || groups.length < 2) return null
  return (
    <span class="muted small-text">{groups.map(({ name, value }) => `${name} ${formatValue(value)}`).join(' · ')}</span>
  )
}
