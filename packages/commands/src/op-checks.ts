import {
  type ArgDescriptor,
  type FlagDescriptor,
  type Json,
  type ModuleDescriptor,
  nearest,
  type OpDescriptor,
  show,
  type ValueDescriptor,
} from '@hotcb/protocol'
import type { Values } from './arg.ts'
import { usageError } from './command-error.ts'
import { fieldOf, type OpFields } from './op-fields.ts'

/** An op with its module, and the words of its command. */
export interface NamedOp {
  readonly module: ModuleDescriptor
  readonly op: OpDescriptor
  /** The words of the command, such as `cb load`. */
  readonly words: string
}

// In `cb set_params every=3 b=2` the id was forgotten.
/** Rejects a pair that was given instead of an id. */
export function requireHandle({ op: { args = [] }, words }: NamedOp, values: Values): void {
  const [first, ...more] = args
  const typed = first === undefined ? undefined : values[first.name]
  if (first?.into !== 'id' || typeof typed !== 'string' || !typed.includes('=')) return
  if (!more.some(({ kind, into }) => kind === 'pairs' && into === 'params')) return
  const hint = nameOf(first)
  throw usageError(`${hint} is missing: \`hotcb ${words} ${hint} ${typed}\``)
}

/** Throws if zero or several flags are given from a group that requires exactly one. */
export function requireOneOfEach({ op: { flags = [] }, words }: NamedOp, values: Values): void {
  for (const group of new Set(flags.flatMap(({ oneOf }) => (oneOf === undefined ? [] : [oneOf])))) {
    const all = flags.filter(({ oneOf }) => oneOf === group)
    if (all.filter(({ name }) => values[name] !== undefined).length === 1) continue
    const names = all.map(({ name, hint }) => `\`--${name}${hint === undefined ? '' : ` ${hint}`}\``)
    throw usageError(`one of ${listed(names)} must be given`, `see \`hotcb ${words} --help\``)
  }
}

/** Rejects a word that is not one of the options. */
export function requireOption(one: ValueDescriptor, value: Json, { op, words }: NamedOp): void {
  if (one.options === undefined || (typeof value === 'string' && one.options.includes(value))) return
  const [near] = typeof value === 'string' ? nearest(value, one.options, 1) : []
  const hint = near === undefined ? argumentAfter(one, value, op, words) : `did you mean \`${words} ${near}\`?`
  throw usageError(`\`${words}\` accepts ${listed(one.options)}, got ${show(value)}`, hint)
}

function argumentAfter(
  one: ValueDescriptor,
  value: Json,
  { args = [] }: OpDescriptor,
  words: string,
): string | undefined {
  const [next] = args.slice(args.findIndex(({ name }) => name === one.name) + 1)
  if (next === undefined || typeof one.default !== 'string') return undefined
  return `${nameOf(next)} comes after it: \`${words} ${one.default} ${String(value)}\``
}

/** Checks arguments and flags that are allowed or required only together with others. */
export function checkTogether({ op, words }: NamedOp, values: Values, fields: Readonly<OpFields>): void {
  for (const arg of op.args ?? []) requireWith(arg, words, values, fields)
  for (const flag of op.flags ?? []) refuseWithout(flag, words, values, fields)
}

function requireWith(arg: ArgDescriptor, words: string, values: Values, fields: Readonly<OpFields>): void {
  if (values[arg.name] !== undefined) return
  for (const [into, needing] of Object.entries(arg.requiredWith ?? {})) {
    const value = fieldOf(fields, into)
    if (typeof value === 'string' && needing.includes(value)) {
      throw usageError(`\`${words} ${value}\` needs a ${nameOf(arg)}`)
    }
  }
}

function refuseWithout(flag: FlagDescriptor, words: string, values: Values, fields: Readonly<OpFields>): void {
  const given = values[flag.name]
  if (given === undefined) return
  for (const [into, allowed] of Object.entries(flag.onlyWith ?? {})) {
    const value = fieldOf(fields, into)
    if (typeof value === 'string' && allowed.includes(value)) continue
    const owners = listed(allowed.map((word) => `\`${words} ${word}\``))
    throw usageError(`\`--${flag.name}\` belongs to ${owners}, got ${show(value ?? null)}`)
  }
}

function nameOf({ name, hint }: ValueDescriptor): string {
  return hint ?? name.toUpperCase()
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
