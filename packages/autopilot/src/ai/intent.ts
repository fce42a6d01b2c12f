import { type ControlDescription, ok, type Result, refused } from '@hotcb/protocol'
import { rateControl } from '../rate-control.ts'
import type { RuleAction } from '../types.ts'
import type { AiAction } from './actions.ts'
import type { PromptIds } from './prompt-ids.ts'

/** What a model's action means for the run. */
export type Intent =
  | { readonly kind: 'nothing' }
  /** A change to the training run. The engine judges it like a rule's change. */
  | { readonly kind: 'change'; readonly action: RuleAction; readonly keys: readonly string[] }
  /** A change to the model's own prompt. */
  | { readonly kind: 'view'; readonly what: 'key' | 'watch' | 'unwatch' | 'raw'; readonly metric: string }
  | { readonly kind: 'rerun'; readonly verdict: string; readonly learnings: readonly string[] }
  | { readonly kind: 'recipe'; readonly summary: string }

/** Changes smaller than this are refused because they would have no effect. */
const LEAST_CHANGE = 0.05

/**
 * Interprets an action in the context of this prompt, or returns why it is refused: an id that the prompt did not contain, or a value that
 * is out of bounds.
 */
export function intentOf(action: AiAction, ids: PromptIds): Result<Intent> {
  const { target, value, text, learnings } = action
  switch (action.action) {
    case 'noop':
      return ok({ kind: 'nothing' })
    case 'set_lr':
      return setOf(action, named(ids, 'lr'), value)
    case 'reduce_lr_factor':
      return factorOf(action, ids)
    case 'set_lr_optimizer':
      return groupOf(action, ids)
    case 'set_wd':
      return setOf(action, named(ids, 'weight_decay'), value)
    case 'set_loss_weight':
      return lossOf(action, ids)
    case 'set_control':
      return setOf(action, ids.controls.get(target ?? ''), value)
    case 'enable_callback':
    case 'disable_callback':
      return callbackOf(action, ids)
    case 'set_key_metric':
    case 'add_watch_metric':
    case 'remove_watch_metric':
    case 'request_raw_metrics': {
      const metric = ids.metrics.get(target ?? '')
      return metric === undefined
        ? refused(`${action.action}: \`${target ?? 'null'}\` is not a metric of this prompt`)
        : ok({ kind: 'view', what: VIEWS[action.action], metric })
    }
    case 'declare_rerun':
      return ok({ kind: 'rerun', verdict: text ?? '', learnings })
    case 'finalize_recipe':
      return ok({ kind: 'recipe', summary: text ?? '' })
    case 'rescue':
      return ok({ kind: 'change', action: { kind: 'do', what: 'rescue' }, keys: ['lr'] })
  }
}

const VIEWS = {
  set_key_metric: 'key',
  add_watch_metric: 'watch',
  remove_watch_metric: 'unwatch',
  request_raw_metrics: 'raw',
} as const

function named(ids: PromptIds, key: string): ControlDescription | undefined {
  return [...ids.controls.values()].find(({ param_key }) => param_key === key)
}

function setOf({ action }: AiAction, control: ControlDescription | undefined, value: number | null): Result<Intent> {
  if (control === undefined) return refused(`${action}: this prompt has no such control`)
  const { param_key: key, current, type } = control
  if (typeof current !== 'number') return refused(`${action}: ${key} is not a number`)
  const to = value === null ? null : type === 'int' ? Math.round(value) : value
  const problem = valueProblem(action, control, current, to)
  if (problem !== null || to === null) return refused(problem ?? action)
  return ok({ kind: 'change', action: { kind: 'set', values: { [key]: { to } } }, keys: [key] })
}

/** Returns why a value is refused: it is missing, out of bounds, or almost the current one. */
function valueProblem(
  action: string,
  { param_key: key, min, max }: ControlDescription,
  from: unknown,
  value: number | null,
): string | null {
  if (value === null || !Number.isFinite(value)) return `${action} needs a value`
  if ((min !== null && value < min) || (max !== null && value > max)) {
    return `${action}: ${value} is out of bounds: ${key} ranges from ${min ?? 'any'} to ${max ?? 'any'}`
  }
  const isSmall = typeof from === 'number' && Math.abs(value - from) <= LEAST_CHANGE * Math.abs(from)
  return isSmall ? `${action}: ${value} differs from ${from} by less than 5 %` : null
}

function factorOf({ action, value }: AiAction, ids: PromptIds): Result<Intent> {
  if (value === null || !(value >= 0.01 && value <= 0.99))
    return refused(`${action}: the factor must be from 0.01 to 0.99, got ${value}`)
  const rate = rateControl([...ids.controls.values()])
  if (rate === undefined) return refused(`${action}: this prompt has no learning rate`)
  if (value > 1 - LEAST_CHANGE) return refused(`${action}: a factor of ${value} changes less than 5 %`)
  return ok({ kind: 'change', action: { kind: 'set', values: { lr: { mul: value } } }, keys: [rate.key] })
}

function groupOf({ action, target, value }: AiAction, ids: PromptIds): Result<Intent> {
  const group = ids.groups.get(target ?? '')
  if (group === undefined) return refused(`${action}: \`${target ?? 'null'}\` is not a parameter group of this prompt`)
  const problem = valueProblem(action, group.control, group.value, value)
  if (problem !== null || value === null) return refused(problem ?? action)
  const op = {
    module: 'opt',
    op: 'set_params',
    params: { lr: value, group: group.place },
    expect: { lr: group.control.current },
  }
  return ok({ kind: 'change', action: { kind: 'op', op }, keys: ['lr'] })
}

function lossOf(action: AiAction, ids: PromptIds): Result<Intent> {
  const control = ids.controls.get(action.target ?? '')
  if (control?.group !== 'loss')
    return refused(`${action.action}: \`${action.target ?? 'null'}\` is not a control of a loss`)
  return setOf(action, control, action.value)
}

function callbackOf({ action, target }: AiAction, ids: PromptIds): Result<Intent> {
  const id = ids.callbacks.get(target ?? '')
  if (id === undefined) return refused(`${action}: \`${target ?? 'null'}\` is not a callback of this prompt`)
  const op = action === 'enable_callback' ? 'enable' : 'disable'
  return ok({ kind: 'change', action: { kind: 'op', op: { module: 'cb', op, id } }, keys: [] })
}
