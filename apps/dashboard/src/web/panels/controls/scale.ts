import type { ControlDescription } from '@hotcb/protocol'

/** The range of a slider, and the conversion between positions and values. */
export interface SliderScale {
  readonly min: number
  readonly max: number
  readonly step: number
  toPosition(value: number): number
  toValue(position: number): number
}

/** Returns the slider for a number; undefined if the number is not bounded on both sides. */
export function sliderScale(control: ControlDescription): SliderScale | undefined {
  const { type, min, max } = control
  if (min === null || max === null || !(max > min)) return undefined
  if (type === 'log_float' && min > 0) {
    const low = Math.log10(min)
    const high = Math.log10(max)
    return {
      min: low,
      max: high,
      step: (high - low) / 400,
      toPosition: (value) => Math.log10(Math.max(value, min)),
      toValue: (position) => Number((10 ** position).toPrecision(3)),
    }
  }
  const step = control.step ?? (type === 'int' ? 1 : (max - min) / 400)
  return {
    min,
    max,
    step,
    toPosition: (value) => value,
    toValue: (position) => (type === 'int' ? Math.round(position) : Number(position.toPrecision(6))),
  }
}
