import type { ControlDescription } from '@hotcb/protocol'

/** A control's planned values, by step. */
export interface AheadLine {
  readonly steps: readonly number[]
  readonly values: readonly number[]
}

/** The planned values of each control that a scheduled change or a running ramp will change, keyed by control. */
export type AheadLines = ReadonlyMap<string, AheadLine>

/** Returns the part of a plan after a step, starting with the value at that step; undefined if nothing is planned after it. */
export function restOf({ steps, values }: AheadLine, now: number): AheadLine | undefined {
  const next = steps.findIndex((step) => step > now)
  const [before, after] = [next - 1, next].map((at) => ({ step: steps[at], value: values[at] }))
  if (after?.step === undefined || after.value === undefined) return undefined
  const value =
    before?.step === undefined || before.value === undefined
      ? after.value
      : before.value + ((after.value - before.value) * (now - before.step)) / (after.step - before.step)
  return { steps: [now, ...steps.slice(next)], values: [value, ...values.slice(next)] }
}

/**
 * Returns the control whose values a metric records: the control with the same name or, for optimizer controls, with the
 * last part of that name.
 */
export function controlOfMetric(
  name: string,
  controls: readonly Pick<ControlDescription, 'param_key' | 'group'>[],
): string | undefined {
  const last = name.slice(name.lastIndexOf('/') + 1)
  return controls.find(({ param_key: key, group }) => key === name || (group === 'optimizer' && key === last))
    ?.param_key
}
