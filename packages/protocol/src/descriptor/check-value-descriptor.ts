import { show } from '../json.ts'
import { type ArgDescriptor, type ArgKind, FIELD_PATH, type FlagDescriptor, type OpDescriptor } from './descriptor.ts'

/**
 * Finds problems in the arguments and flags of an op: kinds that do not match their target field, and defaults and
 * options that do not match their kind.
 */
export function* valueProblems(path: string, { args = [], flags = [] }: OpDescriptor): Generator<string> {
  const set = new Set([...args, ...flags].flatMap(({ into, also = {} }) => [into, ...Object.keys(also)]))
  for (const [i, arg] of args.entries()) {
    yield* oneValue(`${path}.args.${i}`, arg)
    yield* conditionKeys(`${path}.args.${i}.requiredWith`, Object.keys(arg.requiredWith ?? {}), set)
    if (arg.default !== undefined && arg.optional !== true)
      yield `\`${path}.args.${i}.default\` needs \`optional: true\``
  }
  for (const [i, flag] of flags.entries()) {
    yield* oneValue(`${path}.flags.${i}`, flag)
    yield* conditionKeys(`${path}.flags.${i}.onlyWith`, Object.keys(flag.onlyWith ?? {}), set)
    if (flag.oneOf !== undefined && flag.default !== undefined)
      yield `\`${path}.flags.${i}\` has both \`oneOf\` and \`default\``
    if (flag.kind === 'words' || flag.kind === 'values') {
      yield `\`${path}.flags.${i}.kind\`: \`${flag.kind}\` is for arguments that follow the command`
    }
  }
}

function* oneValue(path: string, value: ArgDescriptor | FlagDescriptor): Generator<string> {
  const { kind, into, also = {}, alsoByEnding = {} } = value
  const place = PLACES[kind]
  if (!place.fits.test(into)) yield `\`${path}.into\` must be ${place.words} for kind \`${kind}\`, got "${into}"`
  yield* fieldKeys(`${path}.also`, Object.keys(also))
  yield* fieldKeys(`${path}.alsoByEnding`, Object.values(alsoByEnding).flatMap(Object.keys))
  yield* optionProblems(path, value)
  yield* defaultProblems(path, value)
}

// Additional fields must not turn the op into an op of another module.
function* fieldKeys(path: string, keys: readonly string[]): Generator<string> {
  for (const key of keys) if (!FIELD_PATH.test(key)) yield `\`${path}\` must name fields of an op, got "${key}"`
}

// If no argument of the op sets the field, a condition on it would never be true.
function* conditionKeys(path: string, keys: readonly string[], set: ReadonlySet<string>): Generator<string> {
  for (const key of keys) {
    if (!set.has(key))
      yield `\`${path}\` must name a field that an argument of this op sets: ${[...set].join(', ')}; got "${key}"`
  }
}

interface Place {
  readonly fits: RegExp
  readonly words: string
}

const TEXT: Place = {
  fits: /^(id$|mode$|(params|init|target)\.)/,
  words: '`id`, `mode` or a key of `params`, `init` or `target`',
}
const NUMBER: Place = { fits: /^(params|init)\./, words: 'a key of `params` or `init`' }
const OBJECT: Place = { fits: /^(params|init)(\.|$)/, words: '`params`, `init` or a key of them' }

const PLACES: Readonly<Record<ArgKind, Place>> = {
  text: TEXT,
  tag: TEXT,
  words: TEXT,
  pairs: OBJECT,
  values: OBJECT,
  switch: { fits: /^(enabled$|(params|init)\.)/, words: '`enabled` or a key of `params` or `init`' },
  whole: NUMBER,
  seq: NUMBER,
  count: NUMBER,
  integer: NUMBER,
  positive: NUMBER,
}

function* optionProblems(path: string, { kind, options }: ArgDescriptor | FlagDescriptor): Generator<string> {
  if (options === undefined) return
  if (kind !== 'text' && kind !== 'tag') yield `\`${path}.options\` are for kind \`text\`, got kind \`${kind}\``
  if (options.length === 0) yield `\`${path}.options\` must have at least one word`
  for (const word of options) {
    if (!/^[^\p{Cc}\s]{1,100}$/u.test(word)) yield `\`${path}.options\` must be words without spaces, got ${show(word)}`
  }
}

function* defaultProblems(path: string, value: ArgDescriptor | FlagDescriptor): Generator<string> {
  const { kind, options, default: given } = value
  if (given === undefined || given === null) return
  const right = DEFAULTS[kind]
  if (right === null) yield `\`${path}.default\`: kind \`${kind}\` cannot have a default`
  else if (!right.fits(given))
    yield `\`${path}.default\` must be ${right.words} for kind \`${kind}\`, got ${show(given)}`
  else if (options !== undefined && !options.some((word) => word === given)) {
    yield `\`${path}.default\` must be one of ${options.join(', ')}, got ${show(given)}`
  }
}

interface DefaultRule {
  readonly fits: (value: unknown) => boolean
  readonly words: string
}

const TEXT_DEFAULT: DefaultRule = { fits: (value) => typeof value === 'string' && value !== '', words: 'text' }
const WHOLE_DEFAULT = wholeFrom(0, 'a whole number >= 0')

const DEFAULTS: Readonly<Record<ArgKind, DefaultRule | null>> = {
  text: TEXT_DEFAULT,
  tag: { fits: (value) => typeof value === 'string' && /^\w[\w.-]{0,99}$/.test(value), words: 'a tag' },
  words: null,
  pairs: null,
  values: null,
  switch: { fits: (value) => typeof value === 'boolean', words: 'true or false' },
  whole: WHOLE_DEFAULT,
  seq: WHOLE_DEFAULT,
  count: wholeFrom(1, 'a whole number >= 1'),
  integer: wholeFrom(Number.NEGATIVE_INFINITY, 'a whole number'),
  positive: { fits: (value) => typeof value === 'number' && value > 0, words: 'a number > 0' },
}

function wholeFrom(least: number, words: string): DefaultRule {
  return { fits: (value) => Number.isSafeInteger(value) && Number(value) >= least, words }
}
