import type { TunePhase, TuneRecipe } from '@hotcb/protocol'

/** The direction in which a value may be moved. */
export type MoveDirection = 'up' | 'down' | 'both'

/** The phase of training to which a step belongs. */
export interface Phase {
  readonly name: string
  /** The direction in which learning rates may move in this phase. */
  readonly direction: MoveDirection
}

/**
 * Returns a step's phase: the first phase that contains it, otherwise the last one; `mid` if the number of steps is unknown.
 */
export function phaseOf(phases: TuneRecipe['phases'], step: number, total: number | null): Phase {
  if (total === null || !(total > 0)) return named('mid', phases['mid'])
  const share = step / total
  const all = Object.entries(phases)
  const found = all.find(([, { start_frac, end_frac }]) => share >= start_frac && share < end_frac)
  const [name = 'late', phase] = found ?? all.at(-1) ?? []
  return named(name, phase)
}

// A short observation favours low rates: a lower rate improves the loss immediately but worsens the final loss. Rates are therefore lowered
// only late in training.
function named(name: string, phase: TunePhase | undefined): Phase {
  return { name, direction: phase?.direction ?? (name === 'late' ? 'down' : 'up') }
}
