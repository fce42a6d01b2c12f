import { createMutableState, lossActuators, type MutableState, optimizerActuators } from '@hotcb/actuators'

/** The controls of a training run that is killed and rewound: two groups, two loss terms, and possibly a schedule. */
export interface LoadControls {
  readonly optimizer: { readonly paramGroups: { name: string; lr: number; weightDecay: number; momentum: number }[] }
  readonly lossWeights: Record<string, number>
  readonly state: MutableState
}

export function createControls(withSchedule: boolean): LoadControls {
  const optimizer = {
    paramGroups: [
      { name: 'body', lr: 0.02, weightDecay: 0.001, momentum: 0.5 },
      { name: 'head', lr: 0.04, weightDecay: 0, momentum: 0.3 },
    ],
  }
  const lossWeights: Record<string, number> = { pull: 1, twist: 0.1 }
  const schedule = (step: number): number[] => [0.02 * (0.6 + 0.4 * Math.cos(step / 40)), 0.04]
  const state = createMutableState(
    optimizerActuators(optimizer, withSchedule ? { schedule } : {}),
    lossActuators(lossWeights),
  )
  return { optimizer, lossWeights, state }
}
