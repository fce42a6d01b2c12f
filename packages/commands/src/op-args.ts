import type { ArgDescriptor, FlagDescriptor, ModuleDescriptor, OpDescriptor, ValueDescriptor } from '@hotcb/protocol'
import type { Arg, Args } from './arg.ts'
import { SEND_FLAGS } from './send-flags.ts'

/** Returns the arguments of an op's command from its descriptor, with those that every command has. */
export function argsOf(module: ModuleDescriptor, { args = [], flags = [] }: OpDescriptor): Args {
  return {
    ...Object.fromEntries(args.map((arg) => [arg.name, positional(arg, module.name)])),
    ...Object.fromEntries(flags.map((flag) => [flag.name, flagOf(flag, module.name)])),
    ...SEND_FLAGS,
  }
}

function positional(arg: ArgDescriptor, module: string): Arg {
  const { kind, optional = false } = arg
  const takesAll = takesAllThatFollow(arg)
  return {
    ...common(arg, module),
    type: 'positional',
    required: !optional,
    ...(takesAll && { variadic: true }),
    ...(kind === 'text' && optional && { isNamed: true }),
    // Other words are rejected later, when the whole command has been read.
    ...(arg.options !== undefined && { options: arg.options }),
  }
}

function flagOf(flag: FlagDescriptor, module: string): Arg {
  const { kind, options } = flag
  if (kind === 'switch') return { ...common(flag, module), type: 'boolean' }
  return {
    ...common(flag, module),
    type: options === undefined ? 'string' : 'enum',
    ...(options !== undefined && { options }),
    ...(kind === 'text' && { isNamed: true }),
    ...(takesAllThatFollow(flag) && { repeats: true }),
  }
}

function common(value: ValueDescriptor, module: string): Omit<Arg, 'type'> {
  const { name, help, kind, completes, meanings, hint = name.toUpperCase() } = value
  return {
    description: help,
    ...(kind !== 'switch' && { valueHint: hint }),
    ...(isNumber(kind) && { number: kind }),
    ...(kind === 'tag' && { isTag: true }),
    ...(meanings !== undefined && { meanings }),
    ...(completes !== undefined && { completes: { kind: completes, module } }),
  }
}

/** Whether an argument takes all remaining words. */
export function takesAllThatFollow({ kind }: ValueDescriptor): boolean {
  return kind === 'pairs' || kind === 'values' || kind === 'words'
}

/** Whether a value is a number. */
export function isNumber(kind: ValueDescriptor['kind']): kind is NumberKinds {
  return kind === 'whole' || kind === 'seq' || kind === 'count' || kind === 'integer' || kind === 'positive'
}

type NumberKinds = 'whole' | 'seq' | 'count' | 'integer' | 'positive'
