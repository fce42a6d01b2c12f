import { evaluate, type Unknown, type Value } from '@hotcb/expr'
import {
  type ConditionResult,
  DIVERGENCE,
  divergence,
  FALSE_RESULT,
  GRAD_EXPLOSION,
  gradExplosion,
  type LineWindow,
  notFinite,
  OVERFITTING,
  overfitting,
  PLATEAU,
  plateau,
  SPIKE,
  STUCK,
  silent,
  slow,
  spike,
  stuck,
} from '@hotcb/metrics/judge'
import { conditionV1, overfittingV1 } from './conditions-v1.ts'
import { scopeOf } from './rule-scope.ts'
import type { EngineInput, Rule } from './types.ts'
import type { Watch } from './watch.ts'

/** Whether a rule's condition is currently true. A condition that cannot be evaluated yet is not true. */
export function lookAtRule(
  rule: Rule,
  watch: Watch,
  seen: EngineInput,
  changedAt: number | undefined,
): ConditionResult {
  if (rule.program !== null) return lookAtExpression(rule, watch, seen)
  if (rule.condition === 'v1:overfitting') return overfittingV1(rule, watch, seen.step)
  if (rule.condition === 'slow' || rule.condition === 'silent') return lookAtPace(rule, seen)
  const metric = watch.metricOf(rule)
  const window = metric === null ? undefined : watch.find(metric)
  if (window === undefined) return FALSE_RESULT
  const found = lookAtWindow(rule, window, watch, changedAt)
  return found.is ? { ...found, because: `${metric}: ${found.because}` } : found
}

function lookAtWindow(rule: Rule, window: LineWindow, watch: Watch, changedAt: number | undefined): ConditionResult {
  switch (rule.condition) {
    case 'nan':
      return notFinite(window)
    case 'divergence':
      return divergence(window, paramsOf(rule, DIVERGENCE))
    case 'stuck':
      return stuck(window, paramsOf(rule, STUCK))
    case 'spike':
      return spike(window, paramsOf(rule, SPIKE))
    case 'grad_explosion':
      return gradExplosion(window, paramsOf(rule, GRAD_EXPLOSION))
    case 'plateau':
      return plateau(window, paramsOf(rule, PLATEAU), changedAt)
    case 'overfitting': {
      const train = watch.find(String(rule.params['train_metric'] ?? 'train_loss'))
      return train === undefined ? FALSE_RESULT : overfitting(window, train, paramsOf(rule, OVERFITTING))
    }
    default:
      return conditionV1(rule, window)
  }
}

// Most rules have no params, so nothing needs to be copied for them.
const merged = new WeakMap<Rule, unknown>()

function paramsOf<Params extends object>(rule: Rule, defaults: Params): Params {
  const known = merged.get(rule)
  // Only this function writes the cache, with the params of the rule's only condition.
  if (known !== undefined) return known as Params
  const own = { ...defaults, ...rule.params }
  merged.set(rule, own)
  return own
}

function lookAtPace({ condition, params }: Rule, { pace }: EngineInput): ConditionResult {
  if (pace === undefined) return FALSE_RESULT
  if (condition === 'slow') return slow(pace.recent, pace.usual, numberOf(params['ratio']))
  return silent(pace.quiet, pace.usual, numberOf(params['seconds']))
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function isNonzero(value: Value | Unknown): boolean {
  return (value.type === 'int' || value.type === 'float') && value.value !== 0
}

function lookAtExpression({ program, version }: Rule, watch: Watch, seen: EngineInput): ConditionResult {
  if (program === null) return FALSE_RESULT
  const given = evaluate(program, scopeOf(watch, seen, { isOfStep: version === 1 }))
  // Only `true` fires. Unknown values and values that cannot be computed do not. In hotcb 2, any number other than 0 is true.
  const isTrue = given.ok && (given.value.type === 'bool' ? given.value.value : version === 1 && isNonzero(given.value))
  if (!isTrue) return FALSE_RESULT
  return { is: true, because: `${program.text} is true` }
}
