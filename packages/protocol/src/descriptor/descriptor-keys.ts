import { isObject } from '../json.ts'
import { type OptionKeys, optionProblem } from '../option-check.ts'
import type {
  ArgDescriptor,
  CommandExample,
  FlagDescriptor,
  InverseRule,
  ModuleDescriptor,
  OpDescriptor,
  ValueDescriptor,
} from './descriptor.ts'

const MODULE: OptionKeys<ModuleDescriptor> = {
  name: true,
  summary: true,
  ops: true,
  isTopLevel: true,
  yaml: true,
  yamlKey: true,
}
const OP: OptionKeys<OpDescriptor> = {
  op: true,
  aliases: true,
  summary: true,
  about: true,
  examples: true,
  isHidden: true,
  args: true,
  flags: true,
  params: true,
  required: true,
  inverse: true,
  history: true,
  replaces: true,
  isRestored: true,
  isRecord: true,
  payload: true,
  text: true,
}
const VALUE: OptionKeys<ValueDescriptor> = {
  name: true,
  hint: true,
  help: true,
  kind: true,
  into: true,
  also: true,
  alsoByEnding: true,
  options: true,
  meanings: true,
  default: true,
  completes: true,
}
const ARG: OptionKeys<ArgDescriptor> = { ...VALUE, optional: true, requiredWith: true }
const FLAG: OptionKeys<FlagDescriptor> = { ...VALUE, oneOf: true, onlyWith: true }
const INVERSE: OptionKeys<InverseRule> = { op: true, withoutOld: true, old: true }
const EXAMPLE: OptionKeys<CommandExample> = { type: true, does: true }

/**
 * Returns the first unknown field of a descriptor, with the nearest known one; null if there is none. This check is
 * only for authors of modules: a run's document may come from a newer program and have fields that we do not know.
 *
 * @param owner The name of the descriptor in messages, such as `modules[0].descriptor`.
 * @param descriptor One that `readModuleDescriptor` accepts.
 */
export function unknownDescriptorField(owner: string, descriptor: ModuleDescriptor): string | null {
  for (const [path, value, keys] of objectsIn(owner, descriptor)) {
    const problem = optionProblem(path, value, keys)
    if (problem !== null) return problem
  }
  return null
}

type Place = readonly [path: string, value: unknown, keys: Readonly<Record<string, true>>]

function* objectsIn(owner: string, descriptor: ModuleDescriptor): Generator<Place> {
  yield [owner, descriptor, MODULE]
  // Lists may be absent or null.
  const { ops }: Partial<ModuleDescriptor> = descriptor
  for (const [i, op] of (ops ?? []).entries()) {
    const path = `${owner}.ops.${i}`
    yield [path, op, OP]
    for (const [j, arg] of (op.args ?? []).entries()) yield [`${path}.args.${j}`, arg, ARG]
    for (const [j, flag] of (op.flags ?? []).entries()) yield [`${path}.flags.${j}`, flag, FLAG]
    for (const [j, example] of (op.examples ?? []).entries()) yield [`${path}.examples.${j}`, example, EXAMPLE]
    if (isObject(op.inverse)) yield [`${path}.inverse`, op.inverse, INVERSE]
  }
}
