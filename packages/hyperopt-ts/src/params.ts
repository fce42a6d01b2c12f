import type {
  Arms,
  BranchDimension,
  ChoiceDimension,
  FloatDimension,
  IntDimension,
  NormalDimension,
  OrderedDimension,
  Scalar,
  Space,
} from './dimension.ts'

/** The suggested value for a dimension. */
export type Suggested<D> = D extends FloatDimension | IntDimension | NormalDimension
  ? number
  : D extends ChoiceDimension<infer T> | OrderedDimension<infer T>
    ? T
    : D extends BranchDimension<infer A>
      ? Arm<A>
      : never

/** The suggested parameters for a space: a value for each parameter, and a branch as `{ kind, ...parameters of the arm }`. */
export type Params<S extends Space> = { readonly [Name in keyof S]: Suggested<S[Name]> }

/** Parameters, any of which may be omitted, at any depth. A branch that is given needs its `kind`. */
export type PartialParams<S extends Space> = { readonly [Name in keyof S]?: PartialSuggested<S[Name]> }

/** Parameters whose space is not known to the type checker. */
export interface AnyParams {
  readonly [name: string]: Scalar | AnyParams
}

type Arm<A extends Arms> = { [K in keyof A]: { readonly kind: K } & Params<A[K]> }[keyof A]

type PartialArm<A extends Arms> = { [K in keyof A]: { readonly kind: K } & PartialParams<A[K]> }[keyof A]

type PartialSuggested<D> = D extends BranchDimension<infer A> ? PartialArm<A> : Suggested<D>

/** Returns `params`, overridden by the values in `over`. If a branch in `over` has a different arm, the whole arm is replaced. */
export function mergeParams(params: AnyParams, over: AnyParams): AnyParams {
  const merged: Record<string, Scalar | AnyParams> = { ...params }
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name]
    const sameArm = isParams(value) && isParams(below) && (value.kind ?? below.kind) === below.kind
    merged[name] = sameArm ? mergeParams(below, value) : value
  }
  return merged
}

/** Returns an immutable copy. */
export function frozenParams(params: AnyParams): AnyParams {
  const copy: Record<string, Scalar | AnyParams> = {}
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined) copy[name] = isParams(value) ? frozenParams(value) : value
  }
  return Object.freeze(copy)
}

/** True for the value of a branch: an object with its arm's name and parameters. */
export function isParams(value: unknown): value is AnyParams {
  return typeof value === 'object' && value !== null
}
