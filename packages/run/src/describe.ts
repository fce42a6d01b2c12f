import {
  BUILT_IN_TABLE,
  GROUP_KEYS,
  isObject,
  type Json,
  type JsonObject,
  type ModuleTable,
  readRelative,
  showRelative,
} from '@hotcb/protocol'
import { fillTemplate } from './fill-template.ts'

/** The fields needed to describe a ledger line, a chart marker or a command. */
export interface Describable {
  readonly module: string
  readonly op: string
  readonly id?: string | undefined
  readonly params?: Json | undefined
  /** The values set, if it was applied. */
  readonly payload?: Json | undefined
  /** The previous values. */
  readonly old?: Json | undefined
  /** The decision of a ledger line. Without one, the request is described, with old values if known. */
  readonly decision?: string | undefined
  readonly attempt?: number | null | undefined
}

/** How changes are written. */
export interface DescribeStyle {
  /** `→` if it can be shown, otherwise `->`. @defaultValue true */
  readonly unicode?: boolean
  /** Formats a value. @defaultValue {@link showValue}, which keeps full precision */
  readonly showValue?: (value: Json | undefined) => string
  /** The run's modules, whose descriptors contain the text templates. @defaultValue the built-in ones */
  readonly table?: ModuleTable
  /** Maximum number of characters. @defaultValue no limit */
  readonly limit?: number
}

/**
 * Describes what a ledger line changed or requested: `lr 0.001 → 0.01, momentum = 0.9`.
 *
 * Applied lines show the new and the previous values, all others the request.
 */
export function describe(line: Describable, style: DescribeStyle = {}): string {
  const {
    unicode = true,
    showValue: show = showValue,
    table = BUILT_IN_TABLE,
    limit = Number.POSITIVE_INFINITY,
  } = style
  const text = describeWhole(line, { unicode, showValue: show, table })
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text
}

/**
 * Formats a value as it is typed in an assignment: numbers at full precision, text without quotes, everything else as JSON.
 */
export function showValue(value: Json | undefined): string {
  if (typeof value === 'string') return value === '' ? '""' : value
  if (value === undefined) return '?'
  return typeof value === 'number' ? String(value) : JSON.stringify(value)
}

/** The style of a description, with all defaults filled in. */
export type Words = Required<Omit<DescribeStyle, 'limit'>>

function describeWhole(line: Describable, words: Words): string {
  const { module, op, id = 'main' } = line
  const template = words.table.op(module, op)?.text
  if (template !== undefined) return fillTemplate(template, (name) => valueOfName(name, line, words))
  const handle = id === 'main' ? module : `${module}:${id}`
  const changes = describeChanges(line, words)
  return changes === '' ? `${op} ${handle}` : `${op} ${handle} ${changes}`
}

function valueOfName(name: string, line: Describable, words: Words): string | null {
  if (name === 'id') return line.id ?? 'main'
  if (name === 'attempt') return words.showValue(line.attempt ?? object(line.payload)?.['n'])
  if (name === 'changes') return describeChanges(line, words) || 'nothing'
  if (name === 'subject') return subjectOf(line)
  if (name === 'arguments') return describeArguments(line, words)
  const value = object(line.payload)?.[name] ?? paramsOf(line)?.[name]
  return value === undefined || value === null || value === '' ? null : words.showValue(value)
}

/** Formats the arguments of a call as they are typed: `3 label=manual`. Null if there were none. */
function describeArguments({ params }: Describable, words: Words): string | null {
  const { args, kwargs } = object(params) ?? {}
  const typed = Array.isArray(args) ? args.map(words.showValue) : []
  for (const [key, value] of Object.entries(object(kwargs) ?? {})) typed.push(`${key}=${words.showValue(value)}`)
  return typed.length === 0 ? null : typed.join(' ')
}

function describeChanges(line: Describable, words: Words): string {
  const { decision } = line
  const isSet = decision === undefined || decision === 'applied'
  const set = flat(isSet ? (object(line.payload) ?? paramsOf(line)) : paramsOf(line))
  return assignments(set, isSet ? object(line.old) : null, words)
}

/** Describes assignments, with the old values if known: `lr 0.001 → 0.01, momentum = 0.9 (group head)`. */
function assignments(set: JsonObject, old: JsonObject | null, words: Words): string {
  const arrow = words.unicode ? '→' : '->'
  const parts = Object.entries(set)
    .filter(([key]) => !GROUP_KEYS.includes(key))
    .map(([key, value]) => {
      if (key.startsWith('ramps.') && isObject(value)) return `${key} = ${rampText(value, words)}`
      // A weight may be requested as `NAME_w`, but its old value is recorded as NAME.
      const before = old?.[key] ?? old?.[key.replace(/_w$/, '')]
      return before === undefined
        ? `${key} = ${showNew(value, words)}`
        : `${key} ${showBefore(before, value, words)} ${arrow} ${showNew(value, words)}`
    })
  return parts.length === 0 ? '' : parts.join(', ') + groupsOf(set)
}

/** Describes a requested or recorded ramp: `linear 0 → 1 over 200 steps`. */
function rampText(ramp: Readonly<Record<string, unknown>>, words: Words): string {
  const { type = 'linear', start, end, steps, warmup_frac: share, first_step: first } = ramp
  const arrow = words.unicode ? '→' : '->'
  // The values come from a JSON parser.
  const show = (value: unknown): string => words.showValue(value as Json)
  const from = start === undefined ? '' : `${show(start)} `
  const length =
    typeof share === 'number' ? `${Number((share * 100).toPrecision(4))} % of the run` : `${show(steps)} steps`
  const place = first === undefined ? '' : ` from step ${show(first)}`
  return `${String(type)} ${from}${arrow} ${show(end)} over ${length}${place}`
}

function groupsOf({ group, groups }: JsonObject): string {
  const named = Array.isArray(groups) ? groups : groups === undefined ? [] : [groups]
  const all = group === undefined ? named : [group, ...named]
  if (all.length === 0) return ''
  return ` (group${all.length === 1 ? '' : 's'} ${all.map(showValue).join(', ')})`
}

// Formats a new value. A relative value is shown as it is typed.
function showNew(value: Json, words: Words): string {
  const relative = readRelative(value)
  return relative === null ? words.showValue(value) : showRelative(relative)
}

// Formats an old value. If parameter groups differed, it is a list with one value for each.
function showBefore(before: Json, value: Json, words: Words): string {
  if (!Array.isArray(before) || Array.isArray(value)) return words.showValue(before)
  return [...new Set(before.map(words.showValue))].join(' | ')
}

function subjectOf(line: Describable): string {
  const { module, id = 'main' } = line
  const key = paramsOf(line)?.['key']
  if (typeof key === 'string') return key
  return id === 'main' ? module : `${module}:${id}`
}

function paramsOf({ params }: Describable): JsonObject | null {
  return object(params)
}

// hotcb 2 writes the forms `{key, value}` and `{params: {...}}`. They are converted to `{key: value}`.
function flat(params: JsonObject | null): JsonObject {
  if (params === null) return {}
  const { key, value, params: inner, ...rest } = params
  if (typeof key === 'string' && value !== undefined) return { ...rest, [key]: value }
  const nested = object(inner)
  return nested !== null && Object.keys(params).length === 1 ? nested : params
}

function object(value: Json | undefined): JsonObject | null {
  // The check ensures that it is an object.
  return isObject(value) ? (value as JsonObject) : null
}
