import { type ControlDescription, type Json, parseValue } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { formatValue } from '../../../shared/describe.ts'
import { sliderScale } from './scale.ts'
import { FactorSteps, SliderTrack } from './slider-track.tsx'

/** The input of one control, chosen by the type of the control. */
export function ControlInput(props: {
  readonly control: ControlDescription
  readonly value: Json
  readonly isDisabled: boolean
  readonly issue: string | undefined
  readonly onChange: (value: Json, isFine: boolean) => void
}): JSX.Element {
  const { control, value, isDisabled, issue, onChange } = props
  const { param_key: key, label } = control
  const id = `control-${key}`
  switch (control.type) {
    case 'bool':
      return (
        <button
          id={id}
          type="button"
          role="switch"
          class="switch"
          aria-checked={value === true}
          aria-label={label}
          disabled={isDisabled}
          onClick={() => onChange(value !== true, true)}
        />
      )
    case 'choice':
      return (
        <select
          id={id}
          class="select small"
          disabled={isDisabled}
          value={JSON.stringify(value)}
          // The values of the options below are JSON.
          onChange={(event) => onChange(JSON.parse(event.currentTarget.value) as Json, true)}
        >
          {(control.choices ?? []).map((choice) => (
            <option key={JSON.stringify(choice)} value={JSON.stringify(choice)}>
              {formatValue(choice)}
            </option>
          ))}
        </select>
      )
    case 'tuple':
      return <TupleInput {...props} id={id} />
    default: {
      const scale = sliderScale(control)
      return (
        <>
          {scale !== undefined && (
            <SliderTrack control={control} scale={scale}>
              <input
                type="range"
                min={scale.min}
                max={scale.max}
                step={scale.step}
                disabled={isDisabled}
                aria-label={`${label} slider`}
                aria-valuetext={formatValue(value)}
                value={scale.toPosition(typeof value === 'number' ? value : (control.min ?? 0))}
                onInput={(event) => onChange(scale.toValue(Number(event.currentTarget.value)), false)}
              />
            </SliderTrack>
          )}
          {control.type === 'log_float' && typeof value === 'number' && (
            <FactorSteps {...{ control, value, isDisabled, onChange }} />
          )}
          <NumberInput id={id} value={value} isDisabled={isDisabled} issue={issue} onChange={onChange} />
        </>
      )
    }
  }
}

/** A number field that accepts notations such as `3e-4` and `.5`. Other input stays as text, and is reported. */
function NumberInput(props: {
  readonly id: string
  readonly value: Json
  readonly isDisabled: boolean
  readonly issue: string | undefined
  readonly onChange: (value: Json, isFine: boolean) => void
  readonly label?: string
}): JSX.Element {
  const { id, value, isDisabled, issue, onChange, label } = props
  const [text, setText] = useState<string | undefined>(undefined)
  useEffect(() => setText(undefined), [value])
  const commit = (typed: string): void => {
    const parsed = parseValue(typed.trim())
    setText(undefined)
    onChange(parsed.ok ? parsed.value : typed, true)
  }
  return (
    <input
      id={id}
      class="input small"
      inputMode="decimal"
      autocomplete="off"
      spellcheck={false}
      disabled={isDisabled}
      aria-label={label}
      aria-invalid={issue !== undefined}
      aria-describedby={issue === undefined ? undefined : `${id}-issue`}
      value={text ?? fieldText(value)}
      // The text that is typed next replaces the value.
      onFocus={(event) => event.currentTarget.select()}
      onInput={(event) => setText(event.currentTarget.value)}
      // The field has lost focus. A value that Enter has already committed is not committed again.
      onChange={(event) => text !== undefined && commit(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (text === undefined) return
        // The first Enter stages the typed value, and the first Escape discards it. Further ones apply to all staged changes.
        if (event.key === 'Enter') commit(text)
        else if (event.key === 'Escape') setText(undefined)
        else return
        event.preventDefault()
        event.stopPropagation()
      }}
    />
  )
}

function TupleInput(props: {
  readonly control: ControlDescription
  readonly value: Json
  readonly isDisabled: boolean
  readonly issue: string | undefined
  readonly onChange: (value: Json, isFine: boolean) => void
  readonly id: string
}): JSX.Element {
  const { control, value, isDisabled, issue, onChange, id } = props
  const items: readonly Json[] = Array.isArray(value) ? value : []
  return (
    <div class="tuple" role="group" aria-label={control.label}>
      {items.map((item, i) => (
        <NumberInput
          key={i}
          id={`${id}-${i}`}
          label={`${control.label} ${i + 1}`}
          value={item}
          isDisabled={isDisabled}
          issue={issue}
          onChange={(next) =>
            onChange(
              items.map((other, j) => (j === i ? next : other)),
              true,
            )
          }
        />
      ))}
    </div>
  )
}

// More digits are shown here than elsewhere, because the displayed value is the one that would be sent.
function fieldText(value: Json): string {
  if (value === null) return ''
  if (typeof value !== 'number') return formatValue(value)
  const size = Math.abs(value)
  const number = Number(value.toPrecision(9))
  return size !== 0 && (size < 1e-3 || size >= 1e7) ? number.toExponential() : String(number)
}
