import { copyJson } from '../copy-json.ts'
import { show } from '../json.ts'
import { valueProblems } from './check-value-descriptor.ts'
import type { ArgDescriptor, FlagDescriptor, ModuleDescriptor, OpDescriptor, YamlShape } from './descriptor.ts'

/**
 * Returns the first inconsistency in a descriptor whose individual fields are all valid; null if there is none.
 *
 * Other programs build commands, help pages and completion from a descriptor in a file, so it must not contain anything
 * that cannot be typed, distinguished or shown.
 */
export function descriptorProblem(descriptor: ModuleDescriptor): string | null {
  for (const problem of problems(descriptor)) return problem
  return null
}

// The limit in characters. The largest built-in descriptor has 6,000.
const LONGEST = 256 * 1024

const YAML_OPS: Readonly<Record<YamlShape, readonly string[]>> = {
  controls: ['set_params'],
  handles: [],
  switch: ['enable', 'disable'],
  none: [],
}

function* problems(descriptor: ModuleDescriptor): Generator<string> {
  const { name, ops, yaml = 'none' } = descriptor
  const copy = copyJson(descriptor)
  if (!copy.ok) yield `module \`${name}\`: ${copy.reason}`
  else if (JSON.stringify(copy.value).length > LONGEST) yield `module \`${name}\` has more than ${LONGEST} characters`
  yield* twice(name, ops)
  const known = new Set(ops.map(({ op }) => op))
  for (const op of YAML_OPS[yaml]) {
    if (!known.has(op)) yield `\`yaml: ${yaml}\` of module \`${name}\` needs an op \`${op}\``
  }
  for (const [i, op] of ops.entries()) {
    yield* otherOps(`ops.${i}`, op, known)
    yield* placeProblems(`ops.${i}.args`, op.args ?? [])
    yield* nameProblems(`ops.${i}`, op)
    yield* valueProblems(`ops.${i}`, op)
    yield* textProblems(`ops.${i}.text`, op.text ?? '')
  }
}

function* twice(name: string, ops: readonly OpDescriptor[]): Generator<string> {
  const seen = new Set<string>()
  for (const word of ops.flatMap(({ op, aliases = [] }) => [op, ...aliases])) {
    if (seen.has(word)) yield `module \`${name}\` has two ops called \`${word}\``
    seen.add(word)
  }
}

function* otherOps(path: string, { inverse, replaces = [] }: OpDescriptor, known: ReadonlySet<string>) {
  const named: readonly (readonly [string, string | undefined])[] = [
    ['inverse.op', inverse?.op],
    ['inverse.withoutOld', inverse?.withoutOld],
    ...replaces.map((op, i) => [`replaces.${i}`, op] as const),
  ]
  for (const [field, op] of named) {
    if (op !== undefined && !known.has(op)) yield `\`${path}.${field}\` must be an op of the module, got "${op}"`
  }
}

// Reports arguments that can never receive a word, because each word goes to the first argument that accepts it.
function* placeProblems(path: string, args: readonly ArgDescriptor[]): Generator<string> {
  for (const [i, { kind, optional = false }] of args.entries()) {
    const isLast = i === args.length - 1
    if (kind === 'switch') yield `\`${path}.${i}.kind\`: \`switch\` is for flags`
    if (!isLast && TAKE_ALL.includes(kind)) yield `\`${path}.${i}\` takes all remaining words: it must be last`
    if (!optional && args[i - 1]?.optional === true) {
      yield `\`${path}.${i}\` must be optional, as the one before it is`
    }
  }
}

const TAKE_ALL: readonly string[] = ['words', 'pairs', 'values']

// Every command has these flags.
const TAKEN: readonly string[] = [
  'at',
  'color',
  'dir',
  'expect',
  'expires',
  'help',
  'json',
  'late',
  'note',
  'version',
  'wait',
]

function* nameProblems(path: string, { args = [], flags = [] }: OpDescriptor): Generator<string> {
  const seen = new Set<string>()
  for (const [at, { name }] of namedValues(path, args, flags)) {
    // A command line treats `--a_b` as `--a-b`.
    const typed = name.replaceAll('_', '-')
    if (TAKEN.includes(typed)) yield `\`${at}.name\`: every command has a flag \`--${typed}\``
    if (seen.has(typed)) yield `\`${at}.name\`: another argument or flag of this op is called \`${name}\``
    seen.add(typed)
  }
  for (const [i, { name }] of flags.entries()) {
    if (name.length === 1) yield `\`${path}.flags.${i}.name\` must have two letters or more, got "${name}"`
    if (/^no[-_]/.test(name)) yield `\`${path}.flags.${i}.name\`: \`--no-…\` is the negation of a switch, got "${name}"`
  }
}

function namedValues(
  path: string,
  args: readonly ArgDescriptor[],
  flags: readonly FlagDescriptor[],
): readonly (readonly [path: string, value: ArgDescriptor | FlagDescriptor])[] {
  return [
    ...args.map((arg, i) => [`${path}.args.${i}`, arg] as const),
    ...flags.map((flag, i) => [`${path}.flags.${i}`, flag] as const),
  ]
}

// Reports markers that `fillTemplate` from `@hotcb/run` would show literally.
function* textProblems(path: string, text: string): Generator<string> {
  const left = text.replace(/\{[^{}[\]]+\}/g, '').replace(/\[[^{}[\]]*\]/g, '')
  const mark = /[[\]{}]/.exec(left)?.[0]
  if (mark !== undefined)
    yield `\`${path}\` has a \`${mark}\` that is unmatched, or nested in another, got ${show(text)}`
}
