import type {
  BranchDimension,
  ChoiceDimension,
  Dimension,
  FloatDimension,
  IntDimension,
  NormalDimension,
  OrderedDimension,
  Scalar,
  Space,
} from './dimension.ts'
import { didYouMean, listNames, show } from './show.ts'

// The JSON keys of each kind of dimension, in addition to `kind`.
const KEYS: Readonly<Record<Dimension['kind'], readonly string[]>> = {
  float: ['low', 'high', 'log', 'step'],
  int: ['low', 'high', 'log', 'step'],
  choice: ['values'],
  ordered: ['values'],
  normal: ['mean', 'std', 'log'],
  branch: ['arms'],
}
const KINDS: readonly string[] = Object.keys(KEYS)

/**
 * Checks that `dimension` can be searched.
 *
 * @throws TypeError or RangeError naming `path`, the actual value and what would be valid.
 */
export function checkDimension(dimension: Dimension, path: string): void {
  if (typeof dimension !== 'object' || dimension === null) {
    throw new TypeError(`\`${path}\` must be a dimension such as float(0, 1), got ${show(dimension)}`)
  }
  checkKeys(dimension, path)
  switch (dimension.kind) {
    case 'float':
    case 'int':
      checkNumber(dimension, path)
      break
    case 'choice':
    case 'ordered':
      checkValues(dimension, path)
      break
    case 'normal':
      checkNormal(dimension, path)
      break
    case 'branch':
      checkBranch(dimension, path)
      break
    default: {
      const unknown: never = dimension
      throw new Error(`unreachable: dimension ${String(unknown)}`)
    }
  }
}

/**
 * Checks that `options` has only keys in `known`.
 *
 * @throws TypeError or RangeError naming the key and the closest known one.
 */
export function checkOptionKeys(options: object, known: readonly string[], path: string): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`the options of \`${path}\` must be an object, got ${show(options)}`)
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new RangeError(
        `\`${path}\` has an unknown key \`${key}\`${didYouMean(key, known) || `, it accepts ${listNames(known)}`}`,
      )
    }
  }
}

function checkKeys(dimension: Dimension, path: string): void {
  const { kind } = dimension
  if (typeof kind !== 'string' || !KINDS.includes(kind)) {
    const hint = typeof kind === 'string' ? didYouMean(kind, KINDS) : ''
    throw new TypeError(`\`${path}\` must have a \`kind\` of ${listNames(KINDS)}, got ${show(kind)}${hint}`)
  }
  checkOptionKeys(dimension, ['kind', ...KEYS[kind]], path)
  if ('log' in dimension && dimension.log !== undefined && typeof dimension.log !== 'boolean') {
    throw new TypeError(`\`${path}\` must have a \`log\` of true or false, got ${show(dimension.log)}`)
  }
}

/**
 * Checks that `space` can be searched.
 *
 * @throws TypeError or RangeError naming the parameter, the actual value and what would be valid.
 */
export function checkSpace(space: Space, path = 'space'): void {
  if (typeof space !== 'object' || space === null || Array.isArray(space)) {
    throw new TypeError(`\`${path}\` must be an object of dimensions, got ${show(space)}`)
  }
  for (const [name, dimension] of Object.entries(space)) {
    // Dots separate the names in paths, and `__proto__` cannot be set like other keys.
    checkName(path, 'a parameter', name)
    checkDimension(dimension, path === 'space' ? name : `${path}.${name}`)
  }
}

function checkNumber(dimension: FloatDimension | IntDimension, path: string): void {
  const { kind, low, high, log, step } = dimension
  const whole = kind === 'int'
  const isBound = whole ? Number.isSafeInteger : Number.isFinite
  if (!isBound(low) || !isBound(high)) {
    throw new RangeError(
      `\`${path}\` must have ${whole ? 'whole' : 'finite'} bounds, got ${show(low)} and ${show(high)}`,
    )
  }
  if (low > high) throw new RangeError(`\`${path}\` must have low <= high, got ${low} and ${high}`)
  if (!Number.isFinite(high - low)) throw new RangeError(`\`${path}\` must span a finite range, got ${low} and ${high}`)
  if (log && low <= 0) throw new RangeError(`\`${path}\` must have low > 0 with \`log\`, got ${low}`)
  checkStep(dimension, whole ? (step ?? 1) : step, whole, path)
}

function checkStep(
  { low, high }: FloatDimension | IntDimension,
  step: number | undefined,
  whole: boolean,
  path: string,
): void {
  if (step === undefined) return
  if (!(step > 0 && Number.isFinite(step)) || (whole && !Number.isInteger(step))) {
    throw new RangeError(`\`${path}\` must have a ${whole ? 'whole ' : ''}step > 0, got ${show(step)}`)
  }
  if (low < high && step > high - low) {
    throw new RangeError(
      `\`${path}\` must have a step of at most its range ${high - low}, got step ${step} from ${low} to ${high}`,
    )
  }
  if ((high - low) / step > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(`\`${path}\` must have at most 2^53 values, got step ${step} from ${low} to ${high}`)
  }
  // Grid values have 14 digits; with a finer step, two of them would be equal.
  if (!whole && low < high && step < 1e-12 * Math.max(Math.abs(low), Math.abs(high))) {
    throw new RangeError(
      `\`${path}\` must have a step that keeps its values distinct, got step ${step} from ${low} to ${high}`,
    )
  }
}

function checkValues(dimension: ChoiceDimension | OrderedDimension, path: string): void {
  const { values } = dimension
  if (!Array.isArray(values) || values.length === 0) {
    throw new RangeError(`\`${path}\` must have a list of at least one value, got ${show(values)}`)
  }
  const seen = new Set<Scalar>()
  for (const value of values) {
    const finite = typeof value !== 'number' || Number.isFinite(value)
    if ((value !== null && !['string', 'number', 'boolean'].includes(typeof value)) || !finite) {
      throw new TypeError(
        `\`${path}\` must have values that JSON preserves (string, finite number, boolean, null), got ${show(value)}`,
      )
    }
    if (seen.has(value)) throw new RangeError(`\`${path}\` must have different values, got ${show(value)} twice`)
    seen.add(value)
  }
}

function checkNormal(dimension: NormalDimension, path: string): void {
  const { mean, std } = dimension
  if (!Number.isFinite(mean)) throw new RangeError(`\`${path}\` must have a finite mean, got ${show(mean)}`)
  if (!(std > 0 && Number.isFinite(std))) throw new RangeError(`\`${path}\` must have std > 0, got ${show(std)}`)
}

function checkName(path: string, owner: string, name: string): void {
  const problem =
    name === ''
      ? 'be empty'
      : name.includes('.')
        ? 'contain a dot'
        : name === '__proto__' && 'be reserved by JavaScript'
  if (problem) throw new RangeError(`\`${path}\` has ${owner} named ${show(name)}; a name must not ${problem}`)
}

function checkBranch(dimension: BranchDimension, path: string): void {
  const { arms } = dimension
  if (typeof arms !== 'object' || arms === null || Array.isArray(arms) || Object.keys(arms).length === 0) {
    throw new RangeError(`\`${path}\` must have at least one arm, got ${show(arms)}`)
  }
  for (const [arm, space] of Object.entries(arms)) {
    if (arm !== '') checkName(path, 'an arm', arm)
    if (typeof space === 'object' && space !== null && Object.hasOwn(space, 'kind')) {
      throw new RangeError(`\`${path}.${arm}\` must not have a parameter named \`kind\`; it is the name of the arm`)
    }
    checkSpace(space, `${path}.${arm}`)
  }
}
