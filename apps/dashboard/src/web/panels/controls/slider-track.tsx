import type { ControlDescription, Json } from '@hotcb/protocol'
import type { ComponentChildren, JSX } from 'preact'
import { formatValue } from '../../../shared/describe.ts'
import type { SliderScale } from './scale.ts'

/** A slider with a tick at each power of ten, and a ring at the current value in the trainer. */
export function SliderTrack(props: {
  readonly control: Pick<ControlDescription, 'type' | 'current'>
  readonly scale: SliderScale
  readonly children: ComponentChildren
}): JSX.Element {
  const { control, scale, children } = props
  const { type, current } = control
  const share = (position: number): number => (position - scale.min) / (scale.max - scale.min)
  const ticks = type === 'log_float' ? decades(scale) : []
  const live = typeof current === 'number' ? share(scale.toPosition(current)) : undefined
  return (
    <span class="slider-track">
      {children}
      {ticks.map((power) => (
        <i key={power} class="tick" style={{ left: placeOf(share(power)) }} title={formatValue(10 ** power)} />
      ))}
      {live !== undefined && live >= 0 && live <= 1 && (
        <i class="live-value" style={{ left: placeOf(live) }} title={`now ${formatValue(current)}`} />
      )}
    </span>
  )
}

const THUMB = 16

/**
 * Returns the CSS position for a fraction of the slider. The centre of its thumb is always at least half a thumb away from the ends.
 */
function placeOf(share: number): string {
  return `calc(${(100 * share).toFixed(2)}% + ${(THUMB * (0.5 - share)).toFixed(2)}px)`
}

/** Returns the whole powers of ten in a range of logarithms. */
export function decades({ min, max }: Pick<SliderScale, 'min' | 'max'>): readonly number[] {
  const first = Math.ceil(min - 1e-9)
  return Array.from({ length: Math.max(0, Math.floor(max + 1e-9) - first + 1) }, (_, i) => first + i)
}

/** Buttons that halve and double the value, as people often do with a learning rate. */
export function FactorSteps(props: {
  readonly control: Pick<ControlDescription, 'label' | 'min' | 'max'>
  readonly value: number
  readonly isDisabled: boolean
  readonly onChange: (value: Json, isFine: boolean) => void
}): JSX.Element {
  const { control, value, isDisabled, onChange } = props
  return (
    <span class="factor-steps">
      {([0.5, 2] as const).map((factor) => {
        const next = stepBy(value, factor, control)
        return (
          <button
            key={factor}
            type="button"
            class="button small quiet"
            aria-label={`${control.label} times ${factor}`}
            title={`${formatValue(value)} → ${formatValue(next)}`}
            disabled={isDisabled || next === value}
            onClick={() => onChange(next, true)}
          >
            ×{factor}
          </button>
        )
      })}
    </span>
  )
}

/** Multiplies a value by a factor, within the bounds of its control. */
export function stepBy(value: number, factor: number, { min, max }: Pick<ControlDescription, 'min' | 'max'>): number {
  const next = Number((value * factor).toPrecision(9))
  return Math.min(max ?? Number.POSITIVE_INFINITY, Math.max(min ?? Number.NEGATIVE_INFINITY, next))
}
