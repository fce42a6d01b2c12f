import { isNumberText, nearest, show } from '@hotcb/protocol'
import type { Arg, Args, NumberKind } from './command.ts'
import { type CliError, usageError } from './errors.ts'

/** What every command understands, before or after its name. */
export const GLOBAL_FLAGS: Args = {
  dir: { type: 'string', valueHint: 'RUN', description: 'The run directory. Default: the working directory.' },
  json: { type: 'boolean', description: 'Answer in JSON, one object a line.' },
  color: { type: 'boolean', description: '`--no-color` for plain text, as NO_COLOR=1 does.' },
  help: { type: 'boolean', alias: 'h', description: 'This page.' },
  version: { type: 'boolean', alias: 'V', description: 'The version of hotcb.' },
}

/** An argument list as one command reads it. */
export interface ReadArguments {
  /** Canonical, so that citty's parser cannot misread it: `--flag=value` first, then `--` and the positional ones. */
  readonly rawArgs: readonly string[]
  /** Values of {@link GLOBAL_FLAGS}, by name. */
  readonly globals: Globals
}

export interface Globals {
  readonly dir?: string
  readonly json?: boolean
  readonly color?: boolean
  readonly help?: boolean
  readonly version?: boolean
}

/** Where the next word of the command stands in `tokens`. Only `--dir` takes a value of its own here. */
export function findWord(tokens: readonly string[], from = 0): number {
  for (let i = from; i < tokens.length; i++) {
    const token = tokens[i]
    if (token === undefined || token === '--') return -1
    if (!isFlag(token)) return i
    if (token === '--dir') i++
  }
  return -1
}

/**
 * Reads what was typed by the definitions of one command and the global flags.
 *
 * @throws {@link CliError} `usage`, naming what was typed and what would be right.
 */
export function readArguments(args: Args, tokens: readonly string[]): ReadArguments {
  const flags = flagsOf(args)
  const values = new Map<string, string>()
  const positionals: string[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? ''
    if (token === '--') {
      positionals.push(...tokens.slice(i + 1))
      break
    }
    if (!isFlag(token)) {
      positionals.push(token)
      continue
    }
    const { flag, value, takesNext } = readFlag(token, flags)
    const next = tokens[i + 1]
    if (takesNext) {
      if (next === undefined || next.startsWith('--'))
        throw usageError(`\`--${flag.name}\` needs a value${hintOf(flag)}`)
      i++
    }
    setFlag(values, flag, takesNext ? (next ?? '') : value)
  }
  checkPositionals(args, positionals)
  return split(values, positionals, flags)
}

interface NamedFlag {
  readonly name: string
  readonly arg: Arg
}

function isFlag(token: string): boolean {
  return token.startsWith('-') && token !== '-' && !isNumberText(token)
}

function flagsOf(args: Args): ReadonlyMap<string, NamedFlag> {
  const flags = new Map<string, NamedFlag>()
  for (const [name, arg] of [...Object.entries(args), ...Object.entries(GLOBAL_FLAGS)]) {
    if (arg.type === 'positional') continue
    flags.set(name, { name, arg })
    for (const alias of aliasesOf(arg)) flags.set(alias, { name, arg })
  }
  return flags
}

/** The other names of a flag. */
export function aliasesOf(arg: Arg): readonly string[] {
  const alias = 'alias' in arg ? arg.alias : undefined
  if (alias === undefined) return []
  return typeof alias === 'string' ? [alias] : alias
}

interface FlagUse {
  readonly flag: NamedFlag
  /** What was given with it, or stands for its absence. */
  readonly value: string
  /** The value is the next token. */
  readonly takesNext: boolean
}

function readFlag(token: string, flags: ReadonlyMap<string, NamedFlag>): FlagUse {
  const equals = token.indexOf('=')
  const typed = equals < 0 ? token : token.slice(0, equals)
  const name = typed.replace(/^--?/, '').replaceAll('_', '-')
  const given = equals < 0 ? undefined : token.slice(equals + 1)
  const isLong = typed.startsWith('--')
  const flag = isLong === name.length > 1 ? flags.get(name) : undefined
  if (flag !== undefined) return readValue(flag, typed, given)
  const denied = isLong && name.startsWith('no-') ? flags.get(name.slice(3)) : undefined
  if (denied !== undefined && given === undefined && isDeniable(denied.arg)) {
    return { flag: denied, value: 'no', takesNext: false }
  }
  throw unknownFlag(typed, name, flags)
}

function readValue(flag: NamedFlag, typed: string, given: string | undefined): FlagUse {
  const { arg } = flag
  if (arg.type === 'boolean') {
    if (given === undefined || given === 'true') return { flag, value: 'yes', takesNext: false }
    if (given === 'false') return { flag, value: 'no', takesNext: false }
    throw usageError(`\`${typed}\` takes no value, got ${show(given)}`)
  }
  if (given !== undefined) return { flag, value: given, takesNext: false }
  if (arg.bare !== undefined) return { flag, value: arg.bare, takesNext: false }
  return { flag, value: '', takesNext: true }
}

function isDeniable(arg: Arg): boolean {
  return arg.type === 'boolean' || arg.negatable === true
}

function unknownFlag(typed: string, name: string, flags: ReadonlyMap<string, NamedFlag>): CliError {
  const known = [...flags.values()].filter(({ arg }) => arg.hidden !== true).map((flag) => flag.name)
  for (const flag of flags.values()) if (isDeniable(flag.arg)) known.push(`no-${flag.name}`)
  const near = nearest(name, new Set(known))
  if (near.length > 0) {
    return usageError(`unknown flag \`${typed}\`: did you mean ${near.map((word) => `\`--${word}\``).join(' or ')}?`)
  }
  const plain = new Set(known.filter((word) => !word.startsWith('no-')))
  return usageError(`unknown flag \`${typed}\`: known are ${[...plain].map((word) => `--${word}`).join(', ')}`)
}

function setFlag(values: Map<string, string>, flag: NamedFlag, value: string): void {
  const { name, arg } = flag
  if (!(value === 'no' && isDeniable(arg))) checkValue(`--${name}`, arg, value)
  const before = values.get(name)
  // A flag with a value means one thing; which of two was meant, nobody knows. A switch may be turned back.
  if (before !== undefined && before !== value && arg.repeats !== true && !isDeniable(arg)) {
    throw usageError(`\`--${name}\` is given twice: ${show(before)} and ${show(value)}`)
  }
  values.set(name, arg.repeats === true && before !== undefined ? `${before},${value}` : value)
}

function checkValue(shown: string, arg: Arg, value: string): void {
  if (arg.type === 'enum' && arg.options !== undefined && !arg.options.includes(value)) {
    const near = nearest(value, arg.options, 1)
    const hint = near.length > 0 ? `: did you mean \`${near[0]}\`?` : ''
    throw usageError(`\`${shown}\` must be one of ${arg.options.join(', ')}, got ${show(value)}${hint}`)
  }
  if (arg.isNamed === true && value === '')
    throw usageError(`\`${shown}\` is empty: ${arg.valueHint ?? 'a name'} expected`)
  if (arg.number !== undefined && !isNumber(arg.number, value)) {
    throw usageError(`\`${shown}\` must be ${NUMBERS[arg.number]}, got ${show(value)}`)
  }
}

const NUMBERS: Readonly<Record<NumberKind, string>> = {
  whole: 'a whole number >= 0',
  integer: 'a whole number',
  positive: 'a number > 0',
  count: 'a whole number >= 1',
  pause: 'a number >= 0',
  port: 'a whole number from 0 to 65535',
}

function isNumber(kind: NumberKind, value: string): boolean {
  const number = isNumberText(value) ? Number(value) : Number.NaN
  if (kind === 'positive') return Number.isFinite(number) && number > 0
  if (kind === 'pause') return Number.isFinite(number) && number >= 0
  if (!Number.isSafeInteger(number)) return false
  if (kind === 'port') return number >= 0 && number <= 65_535
  return kind === 'integer' || number >= (kind === 'count' ? 1 : 0)
}

function hintOf({ arg }: NamedFlag): string {
  if (arg.type === 'enum' && arg.options !== undefined) return `: ${arg.options.join(', ')}`
  return arg.valueHint === undefined ? '' : `: ${arg.valueHint}`
}

function checkPositionals(args: Args, positionals: readonly string[]): void {
  const defined = Object.entries(args).filter(([, arg]) => arg.type === 'positional')
  let at = 0
  for (const [name, arg] of defined) {
    const value = positionals[at]
    if (value === undefined) {
      if (arg.required === false || arg.default !== undefined) continue
      throw missing(name, arg)
    }
    // An unset variable of a shell script: `cb unload "$ID"` must not mean another callback.
    if (value === '' && arg.required === true) throw missing(name, arg)
    if (arg.variadic === true) return
    checkValue(arg.valueHint ?? name.toUpperCase(), arg, value)
    at++
  }
  const left = positionals[at]
  if (left !== undefined) throw usageError(`${show(left)} is one word too many`)
}

function missing(name: string, arg: Arg): CliError {
  return usageError(`${arg.valueHint ?? name.toUpperCase()} is missing: ${arg.description ?? name}`)
}

function split(
  values: ReadonlyMap<string, string>,
  positionals: readonly string[],
  flags: ReadonlyMap<string, NamedFlag>,
): ReadArguments {
  const rawArgs: string[] = []
  const globals: Record<string, string | boolean> = {}
  for (const [name, value] of values) {
    const isBoolean = flags.get(name)?.arg.type === 'boolean'
    if (name in GLOBAL_FLAGS) globals[name] = isBoolean ? value === 'yes' : value
    else if (isBoolean) rawArgs.push(value === 'yes' ? `--${name}` : `--no-${name}`)
    else rawArgs.push(`--${name}=${value}`)
  }
  // The names are those of GLOBAL_FLAGS, each with a value of its type.
  return { rawArgs: [...rawArgs, '--', ...positionals], globals: globals as Globals }
}
