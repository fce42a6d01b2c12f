import { checkDimension, checkOptionKeys } from './space-check.ts'

/** A value of a `choice` or `ordered` parameter: anything that JSON preserves. */
export type Scalar = string | number | boolean | null

/** A real number between `low` and `high`, both included. */
export interface FloatDimension {
  readonly kind: 'float'
  readonly low: number
  readonly high: number
  /** Uniform in the logarithm. */
  readonly log?: boolean
  /** Only `low + k * step`. */
  readonly step?: number
}

/** A whole number between `low` and `high`, both included. */
export interface IntDimension {
  readonly kind: 'int'
  readonly low: number
  readonly high: number
  /** Uniform in the logarithm. */
  readonly log?: boolean
  /** Only `low + k * step`. */
  readonly step?: number
}

/** One of `values`, which have no order: any two of them are equally far apart. */
export interface ChoiceDimension<T extends Scalar = Scalar> {
  readonly kind: 'choice'
  readonly values: readonly T[]
}

/** One of `values`, whose order is meaningful: neighbours are expected to perform alike. */
export interface OrderedDimension<T extends Scalar = Scalar> {
  readonly kind: 'ordered'
  readonly values: readonly T[]
}

/** A real number without bounds that is expected near `mean`. */
export interface NormalDimension {
  readonly kind: 'normal'
  readonly mean: number
  readonly std: number
  /** `mean` and `std` are those of the natural logarithm; the value is positive. */
  readonly log?: boolean
}

/** A choice of one arm. Each arm has its own parameters, which exist only if it is chosen. */
export interface BranchDimension<A extends Arms = Arms> {
  readonly kind: 'branch'
  readonly arms: A
}

/** The arms of a branch: a space for each name, which is empty if the arm has no parameters. */
export interface Arms {
  readonly [arm: string]: Space
}

/** One parameter of a space, as plain JSON data. */
export type Dimension =
  | FloatDimension
  | IntDimension
  | ChoiceDimension
  | OrderedDimension
  | NormalDimension
  | BranchDimension

/** The search space: a dimension for each parameter name. It is plain JSON data. */
export interface Space {
  readonly [name: string]: Dimension
}

/** Options for {@link float} and {@link int}. */
export interface NumberOptions {
  /**
   * Uniform in the logarithm; `low` must be above zero.
   *
   * @defaultValue false
   */
  readonly log?: boolean
  /** The distance between two values. The default for an int is 1; a float without a step is continuous. */
  readonly step?: number
}

/**
 * A real number between `low` and `high`, both included.
 *
 * With `step`, the values are `low + k * step` up to the last that is not above `high`.
 *
 * @throws RangeError if the bounds are crossed or not finite, if `log` is set and `low` is not above zero, or if `step` is larger than the
 *   range.
 */
export function float(low: number, high: number, options: NumberOptions = {}): FloatDimension {
  const dimension: FloatDimension = { kind: 'float', low, high, ...numberOptions(options, 'float') }
  checkDimension(dimension, 'float')
  return dimension
}

/**
 * A whole number between `low` and `high`, both included.
 *
 * With `step`, the values are `low + k * step` up to the last that is not above `high`.
 *
 * @throws RangeError if the bounds are crossed or not whole, if `log` is set and `low` is below one, or if `step` is larger than the range.
 */
export function int(low: number, high: number, options: NumberOptions = {}): IntDimension {
  const dimension: IntDimension = { kind: 'int', low, high, ...numberOptions(options, 'int') }
  checkDimension(dimension, 'int')
  return dimension
}

/**
 * One of `values`, without an order.
 *
 * @throws RangeError if there are no values, or if there is a duplicate.
 */
export function choice<const T extends Scalar>(values: readonly T[]): ChoiceDimension<T> {
  const dimension: ChoiceDimension<T> = { kind: 'choice', values }
  checkDimension(dimension, 'choice')
  return dimension
}

/**
 * One of `values`, listed in order: batch sizes, sizes S to XL.
 *
 * @throws RangeError if there are no values, or if there is a duplicate.
 */
export function ordered<const T extends Scalar>(values: readonly T[]): OrderedDimension<T> {
  const dimension: OrderedDimension<T> = { kind: 'ordered', values }
  checkDimension(dimension, 'ordered')
  return dimension
}

/**
 * A real number without bounds, drawn from a normal distribution; with `log`, from a log-normal one.
 *
 * @throws RangeError if `mean` is not finite or `std` is not above zero.
 */
export function normal(mean: number, std: number, options: { readonly log?: boolean } = {}): NormalDimension {
  checkOptionKeys(options, ['log'], 'normal')
  const dimension: NormalDimension = { kind: 'normal', mean, std, ...(options.log ? { log: true } : {}) }
  checkDimension(dimension, 'normal')
  return dimension
}

/**
 * A choice of one arm with its own parameters. The suggested value is `{ kind: arm, ...parameters of the arm }`.
 *
 * @throws RangeError if there are no arms, or if an arm has a parameter called `kind`.
 */
export function branch<const A extends Arms>(arms: A): BranchDimension<A> {
  const dimension: BranchDimension<A> = { kind: 'branch', arms }
  checkDimension(dimension, 'branch')
  return dimension
}

function numberOptions(options: NumberOptions, path: string): NumberOptions {
  checkOptionKeys(options, ['log', 'step'], path)
  const { log, step } = options
  // `log: false` means the same as no `log`; anything else is kept, so that it can be checked.
  return { ...(log ? { log } : {}), ...(step === undefined ? {} : { step }) }
}
