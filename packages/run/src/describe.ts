import { GROUP_KEYS, isObject, type Json, type JsonObject } from '@hotcb/protocol'

/** What of a ledger line, a mark on a chart or a command is needed to say it in words. */
export interface Describable {
  readonly module: string
  readonly op: string
  readonly id?: string | undefined
  readonly params?: Json | undefined
  /** What was set, where it was. */
  readonly payload?: Json | undefined
  /** What was there before. */
  readonly old?: Json | undefined
  /** Of a ledger line; what has none is told as what was asked for, with old values where they are known. */
  readonly decision?: string | undefined
  readonly attempt?: number | null | undefined
}

/** How changes are written. */
export interface DescribeStyle {
  /** `→` where it can be shown, else `->`. @defaultValue true */
  readonly unicode?: boolean
  /** How a value is written. @defaultValue {@link showValue}: at full precision */
  readonly showValue?: (value: Json | undefined) => string
  /** At most so many characters. @defaultValue no limit */
  readonly limit?: number
}

/**
 * What a ledger line changed, or was to change, as a person says it: `lr 0.001 → 0.01, momentum = 0.9`.
 *
 * Applied lines show what was set and what was there before, all others what was asked for.
 */
export function describe(line: Describable, style: DescribeStyle = {}): string {
  const text = describeWhole(line, { unicode: style.unicode ?? true, showValue: style.showValue ?? showValue })
  const { limit = Number.POSITIVE_INFINITY } = style
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text
}

/** A value as it is typed in an assignment: numbers at full precision, text bare, all else JSON. */
export function showValue(value: Json | undefined): string {
  if (typeof value === 'string') return value === '' ? '""' : value
  if (value === undefined) return '?'
  return typeof value === 'number' ? String(value) : JSON.stringify(value)
}

type Words = Required<Omit<DescribeStyle, 'limit'>>

function describeWhole(line: Describable, words: Words): string {
  const { module, op, id = 'main' } = line
  if (op === 'set_params' || (module === 'tune' && op === 'set')) return describeSet(line, words)
  if (op === 'enable' || op === 'disable') return `${op} ${subjectOf(line)}`
  if (module === 'core') return describeCore(line, words)
  if (module === 'cb') return `${op} ${id}`
  if (module === 'ctl') return describeCall(line, words)
  const params = paramsOf(line)
  const handle = id === 'main' ? module : `${module}:${id}`
  return params === null ? `${op} ${handle}` : `${op} ${handle} ${assignments(params, null, words)}`
}

/** `call save_ckpt 3 label=manual`: as it is typed. */
function describeCall({ op, id = '', params }: Describable, words: Words): string {
  const { args, kwargs } = object(params) ?? {}
  const typed = Array.isArray(args) ? args.map(words.showValue) : []
  for (const [key, value] of Object.entries(object(kwargs) ?? {})) typed.push(`${key}=${words.showValue(value)}`)
  return [op, id, ...typed].join(' ')
}

function describeSet(line: Describable, words: Words): string {
  const { module, id, decision } = line
  const isSet = decision === undefined || decision === 'applied'
  const set = flat(isSet ? (object(line.payload) ?? paramsOf(line)) : paramsOf(line))
  const text = assignments(set, isSet ? object(line.old) : null, words) || 'nothing'
  return module === 'cb' ? `${id}: ${text}` : text
}

/** `lr 0.001 → 0.01, momentum = 0.9 (group head)`: with the old values where they are known. */
function assignments(set: JsonObject, old: JsonObject | null, words: Words): string {
  const arrow = words.unicode ? '→' : '->'
  const parts = Object.entries(set)
    .filter(([key]) => !GROUP_KEYS.includes(key))
    .map(([key, value]) => {
      // A weight may be asked for as `NAME_w`; what it was is told as NAME.
      const before = old?.[key] ?? old?.[key.replace(/_w$/, '')]
      return before === undefined
        ? `${key} = ${words.showValue(value)}`
        : `${key} ${showBefore(before, value, words)} ${arrow} ${words.showValue(value)}`
    })
  return parts.length === 0 ? '' : parts.join(', ') + groupsOf(set)
}

function groupsOf({ group, groups }: JsonObject): string {
  const named = Array.isArray(groups) ? groups : groups === undefined ? [] : [groups]
  const all = group === undefined ? named : [group, ...named]
  if (all.length === 0) return ''
  return ` (group${all.length === 1 ? '' : 's'} ${all.map(showValue).join(', ')})`
}

// Where parameter groups differed, what was there is an array, one value for each.
function showBefore(before: Json, value: Json, words: Words): string {
  if (!Array.isArray(before) || Array.isArray(value)) return words.showValue(before)
  return [...new Set(before.map(words.showValue))].join(' | ')
}

function describeCore(line: Describable, words: Words): string {
  const { op, attempt } = line
  const params = paramsOf(line)
  const said = object(line.payload) ?? params ?? {}
  const word = (value: Json | undefined): string => withWord(value, words)
  if (op === 'freeze') return `freeze ${words.showValue(said['mode'] ?? params?.['mode'] ?? 'prod')}`
  if (op === 'attempt') {
    const cut = said['cut'] === true ? `, history cut at step ${words.showValue(said['step'])}` : ''
    return `attempt ${words.showValue(said['n'] ?? attempt ?? undefined)} begins${cut}`
  }
  if (op === 'yaml') return 'hotcb.yaml reconciled'
  if (op === 'accept_ledger') return 'accept the ledger as it is'
  if (op === 'checkpoint') return `checkpoint ${words.showValue(said['action'] ?? 'save')}${word(said['tag'])}`
  if (op === 'stop') return `stop${word(said['reason'])}`
  if (op === 'cancel') return `cancel${word(said['cid'])}`
  if (op === 'revert') return `revert${word(said['seq'])}`
  return params === null || Object.keys(params).length === 0 ? op : `${op} ${assignments(params, null, words)}`
}

function withWord(value: Json | undefined, words: Words): string {
  return value === undefined || value === null || value === '' ? '' : ` ${words.showValue(value)}`
}

function subjectOf(line: Describable): string {
  const { module, id = 'main' } = line
  const key = paramsOf(line)?.['key']
  if (typeof key === 'string') return key
  return module === 'cb' ? id : id === 'main' ? module : `${module}:${id}`
}

function paramsOf({ params }: Describable): JsonObject | null {
  return object(params)
}

// `{key, value}` and hotcb 2's `{params: {...}}` are the same as `{key: value}`.
function flat(params: JsonObject | null): JsonObject {
  if (params === null) return {}
  const { key, value, params: inner, ...rest } = params
  if (typeof key === 'string' && value !== undefined) return { ...rest, [key]: value }
  const nested = object(inner)
  return nested !== null && Object.keys(params).length === 1 ? nested : params
}

function object(value: Json | undefined): JsonObject | null {
  // An object by the check.
  return isObject(value) ? (value as JsonObject) : null
}
