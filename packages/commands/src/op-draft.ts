import { BUILT_IN_TABLE, type Json, type OpDescriptor, parseValue, type ValueDescriptor } from '@hotcb/protocol'
import type { Values } from './arg.ts'
import { numberOf } from './check-argument.ts'
import { usageError } from './command-error.ts'
import type { CommandDraft } from './draft.ts'
import { isNumber } from './op-args.ts'
import { checkTogether, type NamedOp, requireHandle, requireOneOfEach, requireOption } from './op-checks.ts'
import { type OpFields, putField } from './op-fields.ts'
import { readPairs, splitPairs } from './pairs.ts'
import { readControlPairs } from './relative-pairs.ts'
import { resolveText } from './resolve-text.ts'
import type { TypingFacts } from './run-facts.ts'

/**
 * Returns the command that the user typed for an op.
 *
 * @throws CommandError for arguments that the op does not accept.
 */
export function draftOf(named: NamedOp, values: Values, facts: TypingFacts): CommandDraft {
  const { module, op } = named
  requireHandle(named, values)
  requireOneOfEach(named, values)
  const fields: OpFields = { module: module.name, op: op.op }
  putPairs(fields, named, values, facts)
  for (const one of [...(op.flags ?? []), ...(op.args ?? [])]) {
    const value = valueGiven(one, op, values, module.name, facts)
    if (value === undefined) continue
    requireOption(one, value, named)
    putField(fields, one.into, value)
    for (const [into, also] of Object.entries(alsoOf(one, value))) putField(fields, into, also)
  }
  checkTogether(named, values, fields)
  // The cast is safe, because the descriptor's reader allows only names of op fields.
  return { id: 'main', ...fields } as unknown as CommandDraft
}

/** Returns the value of an argument or a flag, or its default; undefined if there is none. Pairs are read separately. */
function valueGiven(
  one: ValueDescriptor,
  op: OpDescriptor,
  values: Values,
  module: string,
  facts: TypingFacts,
): Json | undefined {
  const given = values[one.name]
  if (one.kind === 'pairs') return undefined
  if (one.kind === 'values') return calledWith(restOf(one, op, values))
  if (one.kind === 'words') return restOf(one, op, values).join(' ') || undefined
  if (typeof given === 'boolean') return given
  if (typeof given !== 'string') return one.default
  if (isNumber(one.kind)) return numberOf(given)
  return resolveText(one, given, module, facts)
}

/** Returns an argument's word and all words after it. */
function restOf(one: ValueDescriptor, { args = [] }: OpDescriptor, values: Values): readonly string[] {
  return values._.slice(args.findIndex(({ name }) => name === one.name))
}

// A flag's pairs and the following ones form one list: `--init every=50 layer=conv3`.
function putPairs(fields: OpFields, { module, op }: NamedOp, values: Values, facts: TypingFacts): void {
  const areControls = op.op === 'set_params' && BUILT_IN_TABLE.isControls(module.name)
  const words = new Map<string, string[]>()
  const add = (into: string, more: readonly string[]): void => {
    if (more.length > 0) words.set(into, [...(words.get(into) ?? []), ...more])
  }
  for (const flag of op.flags ?? []) {
    const given = values[flag.name]
    if (flag.kind === 'pairs' && typeof given === 'string') add(flag.into, splitPairs(given))
  }
  for (const arg of op.args ?? []) if (arg.kind === 'pairs') add(arg.into, restOf(arg, op, values))
  for (const [into, pairs] of words) {
    putField(fields, into, areControls ? readControlPairs(pairs, facts.controls) : readPairs(pairs))
  }
}

/** Converts words such as `0.5 label=manual` to the arguments of a function call. */
function calledWith(words: readonly string[]): Json {
  const kwargs = readPairs(words.filter(isPair))
  const args = words
    .filter((word) => !isPair(word))
    .map((word) => {
      const value = parseValue(word)
      if (!value.ok) throw usageError(value.reason)
      return value.value
    })
  return { args, kwargs }
}

function isPair(word: string): boolean {
  return /^[A-Za-z_][\w.]*=/.test(word)
}

/** Returns the additional fields: `also`, and those for the value's ending, which take precedence. */
function alsoOf({ also = {}, alsoByEnding = {} }: ValueDescriptor, value: Json): Readonly<Record<string, Json>> {
  const endings = Object.keys(alsoByEnding).filter((ending) => typeof value === 'string' && value.endsWith(ending))
  return { ...also, ...alsoByEnding[endings[0] ?? ''] }
}
