import type { Program } from '@hotcb/expr'
import { CONFIDENCES, type Json, type JsonObject, parseRelative } from '@hotcb/protocol'
import { CONDITION_PARAMS, NAMED_CONDITIONS, type NamedCondition } from './condition-params.ts'
import type { RuleReader } from './rule-reader.ts'
import { DO_WORDS, type Rule, type RuleAction, type ValueChange } from './types.ts'

const FIELDS = [
  'id', 'condition', 'when', 'metric', 'params', 'action', 'confidence', 'enabled', 'description', 'cooldown', 'hold', 'clear', 'settle',
] // biome-ignore format: words

const COOLDOWN = 100
const SETTLE = 20

/** Reads a version 2 rule. */
export function readRuleV2(reader: RuleReader): Rule | undefined {
  reader.only(FIELDS)
  const id = reader.text('id')
  if (id === undefined) return reader.problem(null, 'a rule needs an `id`')
  const asks = readCondition(reader, id)
  const action = readAction(reader, id)
  const hold = reader.whole('hold', 1) ?? 1
  const rest = {
    description: reader.text('description') ?? '',
    metric: reader.text('metric') ?? null,
    confidence: reader.oneOf('confidence', CONFIDENCES) ?? 'medium',
    enabled: reader.flag('enabled') ?? true,
    cooldown: reader.whole('cooldown', 0) ?? COOLDOWN,
    hold,
    clear: reader.whole('clear', 0) ?? hold,
    settle: reader.whole('settle', 0) ?? SETTLE,
  }
  if (asks === undefined || action === undefined) return undefined
  return { id, ...asks, action, ...rest, version: 2, place: reader.place }
}

function readCondition(reader: RuleReader, id: string): Pick<Rule, 'condition' | 'params' | 'program'> | undefined {
  if (reader.has('when') === reader.has('condition')) {
    return reader.problem(null, `rule \`${id}\` needs either \`condition\` or \`when\``)
  }
  if (reader.has('when')) {
    if (reader.has('params')) return reader.problem('params', '`when` does not accept `params`', 'key')
    if (reader.has('metric'))
      return reader.problem('metric', '`when` does not accept `metric`, because the expression names it', 'key')
    const program: Program | undefined = reader.expression('when')
    return program === undefined ? undefined : { condition: 'when', params: {}, program }
  }
  const condition = reader.oneOf('condition', NAMED_CONDITIONS)
  if (condition === undefined) return undefined
  return { condition, params: readConditionParams(reader, condition), program: null }
}

function readConditionParams(reader: RuleReader, condition: NamedCondition): JsonObject {
  const params = reader.within('params')
  const defaults = CONDITION_PARAMS[condition]
  params?.only(Object.keys(defaults))
  const read: Record<string, Json> = {}
  for (const [name, byDefault] of Object.entries(defaults)) {
    const value = typeof byDefault === 'number' ? params?.number(name) : params?.text(name)
    if (value !== undefined) read[name] = value
  }
  return read
}

function readAction(reader: RuleReader, id: string): RuleAction | undefined {
  const action = reader.within('action')
  if (action === undefined) {
    return reader.has('action')
      ? undefined
      : reader.problem(null, `rule \`${id}\` needs an \`action\`: {set: {lr: x0.5}}, {do: notify} or {op: ...}`)
  }
  action.only(['set', 'do', 'op'])
  const kinds = (['set', 'do', 'op'] as const).filter((kind) => action.has(kind))
  if (kinds.length !== 1) return action.problem(null, 'an action must have exactly one of `set`, `do` and `op`')
  if (action.has('do')) {
    const what = action.oneOf('do', DO_WORDS)
    return what === undefined ? undefined : { kind: 'do', what }
  }
  return action.has('op') ? readOp(action) : readSet(action)
}

function readSet(action: RuleReader): RuleAction | undefined {
  const set = action.within('set')
  const keys = set?.keys() ?? []
  if (set === undefined) return undefined
  if (keys.length === 0) return action.problem('set', '`set` must name a control, such as {lr: x0.5}')
  const values: Record<string, ValueChange> = {}
  for (const key of keys) {
    const given = set.json(key)
    if (given === undefined || given === null) return set.problem(key, `\`${key}\` needs a value, such as x0.5`)
    values[key] = readChange(given, set.hasPlus(key))
  }
  return { kind: 'set', values }
}

function readChange(given: Json, hasPlus: boolean): ValueChange {
  if (typeof given === 'number' && hasPlus) return { add: given }
  return (typeof given === 'string' ? parseRelative(given) : null) ?? { to: given }
}

function readOp(action: RuleReader): RuleAction | undefined {
  const op = action.within('op')
  if (op === undefined) return undefined
  op.only(['module', 'op', 'id', 'params'])
  const module = op.text('module')
  const word = op.text('op')
  const id = op.text('id')
  const params = op.json('params')
  if (module === undefined || word === undefined) return op.problem(null, 'an op needs `module` and `op`')
  if (params !== undefined && (typeof params !== 'object' || Array.isArray(params))) {
    return op.problem('params', '`params` must be a mapping')
  }
  // The check above has shown that it is a JSON mapping.
  return {
    kind: 'op',
    op: { module, op: word, ...(id !== undefined && { id }), params: (params ?? null) as JsonObject | null },
  }
}
