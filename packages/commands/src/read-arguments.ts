import { isNumberText, nearest, show } from '@hotcb/protocol'
import type { Arg, Args, Values } from './arg.ts'
import { checkArgument } from './check-argument.ts'
import { type CommandError, usageError } from './command-error.ts'
import { isFlag } from './find-word.ts'
import { GLOBAL_FLAGS, type Globals } from './global-flags.ts'

/** A parsed argument list of one command. */
export interface ReadArguments {
  readonly values: Values
  /** Values of {@link GLOBAL_FLAGS}, by name. */
  readonly globals: Globals
}

/**
 * Parses the words according to the definitions of one command and of the global flags.
 *
 * @throws CommandError `usage`, which states the input and what would be valid.
 */
export function readArguments(args: Args, tokens: readonly string[]): ReadArguments {
  const flags = flagsOf(args)
  const given = new Map<string, string>()
  const words: string[] = []
  let dashesAt: number | undefined
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? ''
    if (token === '--') {
      dashesAt = words.length
      words.push(...tokens.slice(i + 1))
      break
    }
    if (!isFlag(token)) words.push(token)
    else i += takeFlag(token, tokens[i + 1], { flags, given, takesNumber: takesNumber(args, words.length) })
  }
  const positionals = readPositionals(args, words, dashesAt)
  return { values: valuesOf(args, given, positionals, words), globals: globalsOf(given) }
}

interface NamedFlag {
  readonly name: string
  readonly arg: Arg
}

type Flags = ReadonlyMap<string, NamedFlag>

function flagsOf(args: Args): Flags {
  const flags = new Map<string, NamedFlag>()
  for (const [name, arg] of [...Object.entries(args), ...Object.entries(GLOBAL_FLAGS)]) {
    if (arg.type === 'positional') continue
    // `--no_wait` means `--no-wait`, so names are looked up with dashes.
    flags.set(name.replaceAll('_', '-'), { name, arg })
    if (arg.alias !== undefined) flags.set(arg.alias, { name, arg })
  }
  return flags
}

interface FlagReading {
  readonly flags: Flags
  readonly given: Map<string, string>
  /** Whether a following number may be a positional argument. */
  readonly takesNumber: boolean
}

/** Reads one flag into `given`; returns how many of the following words belong to its value. */
function takeFlag(token: string, next: string | undefined, { flags, given, takesNumber }: FlagReading): number {
  const { flag, value } = readFlag(token, flags)
  if (value !== undefined) {
    const number =
      flag.arg.bare === value && !token.includes('=') && next !== undefined ? numberFor(flag, next) : undefined
    if (number !== undefined && takesNumber) {
      const shown = `\`--${flag.name}`
      throw usageError(`${shown} ${number}\` is ambiguous: ${shown}=${number}\`, or ${number} before ${shown}\``)
    }
    setFlag(given, flag, number ?? value)
    return number === undefined ? 0 : 1
  }
  if (next === undefined || next.startsWith('--')) {
    throw usageError(`\`--${flag.name}\` needs a value${hintOf(flag)}`)
  }
  setFlag(given, flag, next)
  return 1
}

// Accepts `--wait 5` for `--wait=5`.
function numberFor({ arg }: NamedFlag, next: string): string | undefined {
  return arg.number !== undefined && isNumberText(next) ? next : undefined
}

// Whether a positional argument could be a number. Assignments and words from a fixed list are not numbers.
function takesNumber(args: Args, words: number): boolean {
  const positionals = Object.values(args).filter(({ type }) => type === 'positional')
  const next = positionals[words] ?? positionals.find(({ variadic }) => variadic === true)
  return next !== undefined && next.options === undefined && next.valueHint?.includes('=') !== true
}

interface FlagUse {
  readonly flag: NamedFlag
  /** The attached value, or the value of a negated flag; undefined if the value is the next word. */
  readonly value: string | undefined
}

function readFlag(token: string, flags: Flags): FlagUse {
  const equals = token.indexOf('=')
  const typed = equals < 0 ? token : token.slice(0, equals)
  const name = typed.replace(/^--?/, '').replaceAll('_', '-')
  const given = equals < 0 ? undefined : token.slice(equals + 1)
  const isLong = typed.startsWith('--')
  const flag = isLong === name.length > 1 ? flags.get(name) : undefined
  if (flag !== undefined) return { flag, value: valueWith(flag, typed, given) }
  const short = isLong ? undefined : shortWithValue(token, flags)
  if (short !== undefined) return short
  const denied = isLong && name.startsWith('no-') ? flags.get(name.slice(3)) : undefined
  if (denied !== undefined && given === undefined && isDeniable(denied.arg)) return { flag: denied, value: 'no' }
  throw unknownFlag(typed, name, flags)
}

// Accepts `-n1` for `-n 1`.
function shortWithValue(token: string, flags: Flags): FlagUse | undefined {
  const flag = flags.get(token.charAt(1))
  return flag === undefined || flag.arg.type === 'boolean' ? undefined : { flag, value: token.slice(2) }
}

function valueWith({ arg }: NamedFlag, typed: string, given: string | undefined): string | undefined {
  if (arg.type !== 'boolean') return given ?? arg.bare
  if (given === undefined || given === 'true') return 'yes'
  if (given === 'false') return 'no'
  throw usageError(`\`${typed}\` does not take a value, got ${show(given)}`)
}

function isDeniable(arg: Arg): boolean {
  return arg.type === 'boolean' || arg.negatable === true
}

function unknownFlag(typed: string, name: string, flags: Flags): CommandError {
  const known = [...flags.values()].filter(({ arg }) => arg.hidden !== true).map((flag) => flag.name)
  for (const flag of flags.values()) if (isDeniable(flag.arg)) known.push(`no-${flag.name}`)
  const near = nearest(name, new Set(known))
  if (near.length > 0) {
    return usageError(`unknown flag \`${typed}\`: did you mean ${near.map((word) => `\`--${word}\``).join(' or ')}?`)
  }
  const plain = new Set(known.filter((word) => !word.startsWith('no-')))
  return usageError(`unknown flag \`${typed}\`: choose from ${[...plain].map((word) => `--${word}`).join(', ')}`)
}

function setFlag(given: Map<string, string>, { name, arg }: NamedFlag, value: string): void {
  if (!(value === 'no' && isDeniable(arg))) checkArgument(`--${name}`, arg, value)
  const before = given.get(name)
  // If a flag has two values, it is unclear which one was meant. A switch may be overridden.
  if (before !== undefined && before !== value && arg.repeats !== true && !isDeniable(arg)) {
    throw usageError(`\`--${name}\` is given twice: ${show(before)} and ${show(value)}`)
  }
  given.set(name, arg.repeats === true && before !== undefined ? `${before},${value}` : value)
}

function hintOf({ arg }: NamedFlag): string {
  if (arg.type === 'enum' && arg.options !== undefined) return `: ${arg.options.join(', ')}`
  return arg.valueHint === undefined ? '' : `: ${arg.valueHint}`
}

function readPositionals(
  args: Args,
  words: readonly string[],
  dashesAt: number | undefined,
): ReadonlyMap<string, string> {
  const read = new Map<string, string>()
  const positionals = Object.entries(args).filter(([, { type }]) => type === 'positional')
  for (const [name, arg] of positionals) {
    const value = words[read.size]
    refuseBeforeDashes(name, arg, read.size < (dashesAt ?? words.length) ? value : undefined)
    if (value === undefined && isOptional(arg)) continue
    if (value === undefined || isEmptyName(arg, value)) throw missing(name, arg)
    read.set(name, value)
    if (arg.variadic === true) return read
    checkArgument(arg.valueHint ?? name.toUpperCase(), arg, value)
  }
  const left = words[read.size]
  if (left !== undefined) throw usageError(`unexpected argument ${show(left)}`)
  return read
}

// An empty name may come from an unset variable in a shell script: `cb unload "$ID"` must not select another callback.
function isEmptyName(arg: Arg, value: string): boolean {
  return value === '' && arg.required === true
}

function isOptional(arg: Arg): boolean {
  return arg.required === false || arg.default !== undefined
}

function refuseBeforeDashes(name: string, arg: Arg, value: string | undefined): void {
  if (arg.behindDashes !== true || value === undefined) return
  throw usageError(`unexpected argument ${show(value)}: ${arg.valueHint ?? name} comes after \`--\``)
}

function missing(name: string, arg: Arg): CommandError {
  return usageError(`${arg.valueHint ?? name.toUpperCase()} is missing: ${arg.description ?? name}`)
}

function valuesOf(
  args: Args,
  given: ReadonlyMap<string, string>,
  positionals: ReadonlyMap<string, string>,
  words: readonly string[],
): Values {
  const values = Object.entries(args).map(([name, arg]) => {
    const text = arg.type === 'positional' ? positionals.get(name) : given.get(name)
    const value = text !== undefined && arg.type === 'boolean' ? text === 'yes' : text
    return [name, value ?? arg.default] as const
  })
  return { ...Object.fromEntries(values), _: words }
}

function globalsOf(given: ReadonlyMap<string, string>): Globals {
  const globals: Record<string, string | boolean> = {}
  for (const [name, value] of given) {
    const arg = GLOBAL_FLAGS[name]
    if (arg !== undefined) globals[name] = arg.type === 'boolean' ? value === 'yes' : value
  }
  // The cast is safe: the names come from GLOBAL_FLAGS, and each has a value of its type.
  return globals as Globals
}
