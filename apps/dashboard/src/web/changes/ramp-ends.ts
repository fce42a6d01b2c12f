import { type ControlDescription, isRampMoving, rampEndStep } from '@hotcb/protocol'
import { formatValue } from '../../shared/describe.ts'
import type { Marker } from '../../shared/wire.ts'
import { type ChangeSource, sourceOf } from './change-look.ts'

/** The end of a ramp that is changing a control. */
export interface RampEnd {
  readonly key: string
  readonly step: number
  readonly source: ChangeSource
  readonly who: string
  readonly text: string
  /** The ledger line that started the ramp, if it is known. */
  readonly line: Marker | undefined
}

/** Returns the ends of the running ramps. `changes`: the latest change of each key. */
export function rampEnds(
  controls: readonly Pick<ControlDescription, 'param_key' | 'ramp'>[],
  now: number,
  changes: ReadonlyMap<string, Marker>,
): readonly RampEnd[] {
  return controls.flatMap(({ param_key: key, ramp }) => {
    const step = rampEndStep(ramp)
    if (step === null || !isRampMoving(ramp, now)) return []
    const line = changes.get(`ramps.${key}`)
    return {
      key,
      step,
      source: sourceOf(line?.source ?? ''),
      who: line?.author ?? line?.source ?? '',
      text: `the ${key} ramp ends at ${formatValue(Object(ramp).end)}`,
      line,
    }
  })
}
