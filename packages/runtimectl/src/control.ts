import type { Json, JsonObject } from '@hotcb/protocol'
import type { StandardSchema } from './standard-schema.ts'

/** The options of a control, in addition to its function. */
export interface ControlOptions {
  /** Whether to replace a control that is already registered under this path. @defaultValue false, which keeps the first one */
  readonly overwrite?: boolean
  /** A description for `runtimectl list`. */
  readonly description?: string
  /**
   * Whether a restored trainer repeats the change if its checkpoint does not contain it. Set it to false for effects outside the trainer's
   * state, such as saving a file or sending a message. @defaultValue true
   */
  readonly again?: boolean
}

/**
 * Checks and converts a command's single value, which is its only positional argument or, if there is none, the object with its keyword
 * arguments. The error that it throws becomes the reason in the ack.
 */
export type ValidateValue<Input, Value> = (value: Input) => Value

/** Checks and converts all arguments of a command. This is the form that runtimectl uses. */
export type ValidateCall<Args extends readonly unknown[]> = (
  args: readonly Json[],
  kwargs: JsonObject,
) => readonly [args: Args, kwargs: Readonly<Record<string, unknown>>]

/**
 * The result of registering a function. `kept`: a different function is already registered under the path and `overwrite` was not set, so
 * the new one is not used. `same`: the same function was already registered.
 */
export type Registered = 'registered' | 'replaced' | 'kept' | 'same'

/**
 * Registers a function under a path.
 *
 * It is called with the trainer's context, the positional arguments, and, if there are any, the keyword arguments as
 * one object. It may return a function that reverts the change; this function is called when another rank fails.
 *
 * @throws TypeError for a path that is not a string or is empty, or for an unknown option.
 */
export interface Register<Context> {
  <Output, Value>(
    path: string,
    apply: (ctx: Context, value: Value) => unknown,
    options: ControlOptions & {
      readonly schema: StandardSchema<Output>
      readonly validate: ValidateValue<Output, Value>
    },
  ): Registered
  <Value>(
    path: string,
    apply: (ctx: Context, value: Value) => unknown,
    options: ControlOptions & { readonly schema: StandardSchema<Value> },
  ): Registered
  <Value>(
    path: string,
    apply: (ctx: Context, value: Value) => unknown,
    options: ControlOptions & { readonly validate: ValidateValue<Json, Value> },
  ): Registered
  <const Args extends readonly unknown[]>(
    path: string,
    apply: (ctx: Context, ...args: readonly [...Args, kwargs?: Readonly<Record<string, unknown>>]) => unknown,
    options: ControlOptions & { readonly validateCall: ValidateCall<Args> },
  ): Registered
  (path: string, apply: (ctx: Context, ...args: Json[]) => unknown, options?: ControlOptions): Registered
}

/** A registered control, without its types. */
export interface Control {
  readonly path: string
  readonly apply: (ctx: unknown, ...args: readonly unknown[]) => unknown
  readonly validate: ((value: unknown) => unknown) | undefined
  readonly validateCall: ValidateCall<readonly unknown[]> | undefined
  readonly schema: StandardSchema | undefined
  readonly description: string
  readonly again: boolean
}

/** The arguments of one call. */
export interface Call {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
}
