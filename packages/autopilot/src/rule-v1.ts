import type { Program } from '@hotcb/expr'
import { CONFIDENCES, isObject, type Json, type JsonObject } from '@hotcb/protocol'
import type { RuleReader } from './rule-reader.ts'
import type { ConditionName, Rule, RuleAction, ValueChange } from './types.ts'

const FIELDS = ['id', 'condition', 'metric', 'metric_name', 'params', 'action', 'confidence', 'enabled', 'description']
const PARAMS = {
  plateau: ['window', 'epsilon', 'cooldown'],
  divergence: ['window', 'threshold', 'cooldown'],
  overfitting: ['ratio_threshold', 'train_metric', 'val_metric', 'cooldown'],
  custom: ['expression', 'cooldown'],
} as const

type V1Condition = keyof typeof PARAMS

const CONDITIONS: readonly V1Condition[] = ['plateau', 'divergence', 'overfitting', 'custom']
const COOLDOWN = 10

/** Reads a rule from hotcb 2's guidelines. Its conditions keep their formulas. */
export function readRuleV1(reader: RuleReader): Rule | undefined {
  reader.only(FIELDS)
  const id = reader.text('id')
  if (id === undefined) return reader.problem(null, 'a rule needs an `id`')
  if (!reader.has('condition')) return reader.problem(null, `rule \`${id}\` needs a \`condition\``)
  const condition = reader.oneOf('condition', CONDITIONS)
  if (condition === undefined) return undefined
  const params = reader.within('params')
  params?.only(PARAMS[condition])
  const program = condition === 'custom' ? readExpression(reader, params) : null
  const action = readActionV1(reader)
  const cooldown = params?.whole('cooldown', 0) ?? COOLDOWN
  const checked = params === undefined ? {} : readParams(params, condition)
  if (program === undefined || action === undefined) return undefined
  return {
    id,
    description: reader.text('description') ?? '',
    condition: `v1:${condition}` satisfies ConditionName,
    metric: reader.text('metric') ?? reader.text('metric_name') ?? null,
    params: checked,
    program,
    action,
    confidence: reader.oneOf('confidence', CONFIDENCES) ?? 'medium',
    enabled: reader.flag('enabled') ?? true,
    cooldown,
    hold: 1,
    clear: 0,
    settle: 0,
    version: 1,
    place: reader.place,
  }
}

function readExpression(reader: RuleReader, params: RuleReader | undefined): Program | undefined {
  const text = params?.json('expression')
  if (params === undefined || text === undefined) return reader.problem(null, '`custom` needs `params.expression`')
  if (isCurrent(text)) return params.problem('expression', CURRENT)
  return params.expression('expression')
}

function readParams(params: RuleReader, condition: V1Condition): JsonObject {
  const read: Record<string, Json> = {}
  const take = (name: string, value: Json | undefined): void => {
    if (value !== undefined) read[name] = value
  }
  if (condition === 'plateau' || condition === 'divergence') take('window', params.whole('window', 1))
  for (const name of ['epsilon', 'threshold', 'ratio_threshold']) take(name, params.number(name))
  for (const name of ['train_metric', 'val_metric']) take(name, params.text(name))
  return read
}

/** Reads `{module, op, id, params}`; `lr_mult` and `wd_mult` multiply the control. */
function readActionV1(reader: RuleReader): RuleAction | undefined {
  const action = reader.within('action')
  if (action === undefined) return reader.has('action') ? undefined : { kind: 'do', what: 'notify' }
  action.only(['module', 'op', 'id', 'params'])
  const module = action.text('module') ?? 'opt'
  const op = action.text('op') ?? 'set_params'
  const params = action.json('params') ?? null
  if (params !== null && !isObject(params)) return action.problem('params', '`params` must be a mapping')
  if (isCurrent(params)) return action.problem('params', CURRENT)
  if (module === 'opt' && op === 'set_params' && params !== null) return multiplied(action.within('params'))
  const id = action.text('id')
  // A value parsed from YAML is JSON.
  return { kind: 'op', op: { module, op, ...(id !== undefined && { id }), params: params as JsonObject | null } }
}

function multiplied(params: RuleReader | undefined): RuleAction | undefined {
  const values: Record<string, ValueChange> = {}
  for (const key of params?.keys() ?? []) {
    const real = key === 'lr_mult' ? 'lr' : key === 'wd_mult' ? 'weight_decay' : null
    if (real === null) {
      values[key] = { to: params?.json(key) ?? null }
      continue
    }
    const factor = params?.number(key)
    if (factor === undefined) return undefined
    if (Object.hasOwn(values, real)) return params?.problem(key, `\`${real}\` is changed twice`, 'key')
    values[real] = { mul: factor }
  }
  return { kind: 'set', values }
}

function isCurrent(value: Json): boolean {
  return JSON.stringify(value)?.includes('__current__') ?? false
}

const CURRENT = '`__current__` has no meaning; use `lr_mult: 0.5` or, in version 2, `set: {lr: x0.5}`'
