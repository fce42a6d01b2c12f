import { DIVERGENCE, GRAD_EXPLOSION, OVERFITTING, PLATEAU, SLOW_RATIO, SPIKE, STUCK } from '@hotcb/metrics/judge'
import type { ConditionName } from './types.ts'

/**
 * The `params` of each condition, with their defaults. Their order is the order of precedence: if two rules fire at the same step,
 * the one whose condition comes first acts.
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

/** A condition that a version 2 rule may name. */
export type NamedCondition = Exclude<ConditionName, 'when' | `v1:${string}`>

// These are the keys of the object above.
export const NAMED_CONDITIONS: readonly [NamedCondition, ...NamedCondition[]] = Object.keys(CONDITION_PARAMS) as [
  NamedCondition,
  ...NamedCondition[],
]

/**
 * Returns the position of a condition in the order of precedence. A version 1 condition has the position of the condition with
 * the same name.
 */
export function conditionOrder(condition: ConditionName): number {
  const place = NAMED_CONDITIONS.findIndex((name) => name === condition || `v1:${name}` === condition)
  return place < 0 ? NAMED_CONDITIONS.length : place
}
