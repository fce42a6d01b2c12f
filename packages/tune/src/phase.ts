import type { TunePhase, TuneRecipe } from '@hotcb/protocol'

/** Which way a value may be moved. */
export type MoveDirection = 'up' | 'down' | 'both'

/** The part of training that a step is in. */
export interface Phase {
  readonly name: string
  /** Which way learning rates may move in it. */
  readonly direction: MoveDirection
}

/** The phase of a step: the first that it lies in, otherwise the last; `mid` where the number of steps is not known. */
export function phaseOf(phases: TuneRecipe['phases'], step: number, total: number | null): Phase {
  if (total === null || !(total > 0)) return named('mid', phases['mid'])
  const share = step / total
  const all = Object.entries(phases)
  const found = all.find(([, { start_frac, end_frac }]) => share >= start_frac && share < end_frac)
  const [name = 'late', phase] = found ?? all.at(-1) ?? []
  return named(name, phase)
}

// A short observation prefers low rates: a lower rate improves the loss at once and worsens the final one. So rates are lowered late only.
function named(name: string, phase: TunePhase | undefined): Phase {
  return { name, direction: phase?.direction ?? (name === 'late' ? 'down' : 'up') }
}
