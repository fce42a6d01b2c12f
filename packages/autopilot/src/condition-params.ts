import { DIVERGENCE, GRAD_EXPLOSION, OVERFITTING, PLATEAU, SLOW_RATIO, SPIKE, STUCK } from '@hotcb/metrics/judge'
import type { ConditionName } from './types.ts'

/**
 * What `params` of a condition may say, and the defaults. The order is that in which conditions act: of two rules that fire at one
 * step, the one of the earlier condition does.
 */
export const CONDITION_PARAMS: Readonly<Record<NamedCondition, Readonly<Record<string, number | string>>>> = {
  nan: {},
  divergence: { ...DIVERGENCE },
  stuck: { ...STUCK },
  grad_explosion: { ...GRAD_EXPLOSION },
  spike: { ...SPIKE },
  plateau: { ...PLATEAU },
  overfitting: { ...OVERFITTING, train_metric: 'train_loss' },
  slow: { ratio: SLOW_RATIO },
  silent: { seconds: 60 },
}

/** A condition that a rule of version 2 may name. */
export type NamedCondition = Exclude<ConditionName, 'when' | `v1:${string}`>

// The keys of the object above.
export const NAMED_CONDITIONS: readonly [NamedCondition, ...NamedCondition[]] = Object.keys(CONDITION_PARAMS) as [
  NamedCondition,
  ...NamedCondition[],
]

/** The place of a condition in the order in which conditions act. Those of version 1 have that of their namesakes. */
export function conditionOrder(condition: ConditionName): number {
  const place = NAMED_CONDITIONS.findIndex((name) => name === condition || `v1:${name}` === condition)
  return place < 0 ? NAMED_CONDITIONS.length : place
}
