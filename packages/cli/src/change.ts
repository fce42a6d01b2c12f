import type { Json, JsonObject, LedgerLine } from '@hotcb/protocol'
import { isObject } from '@hotcb/protocol'

/** How changes are written: `→` where the terminal shows it. */
export interface ChangeStyle {
  readonly unicode: boolean
}

/**
 * What a ledger line changed, or was to change, as a person says it: `lr 0.001 → 0.01, momentum = 0.9`.
 *
 * Applied lines show what was set and what was there before; all others what was asked for.
 */
export function describeChange(line: LedgerLine, style: ChangeStyle): string {
  const { module, op, id, params } = line
  if (op === 'set_params' || (module === 'tune' && op === 'set')) return describeSet(line, style)
  if (op === 'enable' || op === 'disable') return `${op} ${subjectOf(line)}`
  if (module === 'core') return describeCore(line, style)
  if (module === 'cb') return `${op} ${id}`
  if (module === 'ctl') return describeCall(op, id, params)
  const handle = id === 'main' ? module : `${module}:${id}`
  return params === null ? `${op} ${handle}` : `${op} ${handle} ${assignments(params, null, style)}`
}

/** `call save_ckpt 3 label=manual`: as it is typed. */
export function describeCall(op: string, id: string, params: JsonObject | null): string {
  const { args, kwargs } = params ?? {}
  const words = Array.isArray(args) ? args.map(showValue) : []
  if (isObject(kwargs))
    for (const [key, value] of Object.entries(kwargs as JsonObject)) words.push(`${key}=${showValue(value)}`)
  return [op, id, ...words].join(' ')
}

/** A value as it is typed in an assignment: numbers at full precision, text bare, all else JSON. */
export function showValue(value: Json | undefined): string {
  if (typeof value === 'string') return value === '' ? '""' : value
  if (value === undefined) return '?'
  return typeof value === 'number' ? String(value) : JSON.stringify(value)
}

/** `lr 0.001 → 0.01, momentum = 0.9`: with the old values where they are known. */
export function assignments(set: JsonObject, old: JsonObject | null, { unicode }: ChangeStyle): string {
  const arrow = unicode ? '→' : '->'
  return Object.entries(set)
    .map(([key, value]) => {
      // A weight may be asked for as `NAME_w`; what it was is told as NAME.
      const before = old?.[key] ?? old?.[key.replace(/_w$/, '')]
      return before === undefined
        ? `${key} = ${showValue(value)}`
        : `${key} ${showBefore(before, value)} ${arrow} ${showValue(value)}`
    })
    .join(', ')
}

// Where parameter groups differed, what was there is an array, one value for each.
function showBefore(before: Json, value: Json): string {
  if (!Array.isArray(before) || Array.isArray(value)) return showValue(before)
  return [...new Set(before.map(showValue))].join(' | ')
}

function describeSet({ module, id, decision, params, payload, old }: LedgerLine, style: ChangeStyle): string {
  const isApplied = decision === 'applied'
  const set = flat(isApplied ? (payload ?? params) : params)
  const text = assignments(set, isApplied ? old : null, style) || 'nothing'
  return module === 'cb' ? `${id}: ${text}` : text
}

function describeCore(line: LedgerLine, style: ChangeStyle): string {
  const { op, params, payload } = line
  const said = payload ?? params ?? {}
  if (op === 'freeze') return `freeze ${showValue(said['mode'] ?? params?.['mode'] ?? 'prod')}`
  if (op === 'attempt') {
    const cut = said['cut'] === true ? `, history cut at step ${showValue(said['step'])}` : ''
    return `attempt ${showValue(said['n'] ?? line.attempt)} begins${cut}`
  }
  if (op === 'accept_ledger') return 'accept the ledger as it is'
  if (op === 'yaml') return 'hotcb.yaml reconciled'
  if (op === 'checkpoint') return `checkpoint ${showValue(said['action'] ?? 'save')}${withWord(said['tag'])}`
  if (op === 'stop') return `stop${withWord(said['reason'])}`
  if (op === 'cancel') return `cancel${withWord(said['cid'])}`
  if (op === 'revert') return `revert${withWord(said['seq'])}`
  return params === null || Object.keys(params).length === 0 ? op : `${op} ${assignments(params, null, style)}`
}

function withWord(value: Json | undefined): string {
  return value === undefined || value === null || value === '' ? '' : ` ${showValue(value)}`
}

function subjectOf({ module, id, params }: LedgerLine): string {
  const key = params?.['key']
  if (typeof key === 'string') return key
  return module === 'cb' ? id : id === 'main' ? module : `${module}:${id}`
}

// `{key, value}` and hotcb 2's `{params: {...}}` are the same as `{key: value}`.
function flat(params: JsonObject | null): JsonObject {
  if (params === null) return {}
  const { key, value, params: inner, ...rest } = params
  if (typeof key === 'string' && value !== undefined) return { ...rest, [key]: value }
  // An object by the check.
  if (isObject(inner) && Object.keys(params).length === 1) return inner as JsonObject
  return params
}
