import type { Json, JsonObject } from '@hotcb/protocol'
import type { StandardSchema } from './standard-schema.ts'

/** The options of a control, in addition to its function. */
export interface ControlOptions {
  /** Replaces a control that is already registered under this path. @defaultValue false: the first one is kept */
  readonly overwrite?: boolean
  /** A description for `runtimectl list`. */
  readonly description?: string
  /**
   * Whether a restored trainer whose checkpoint does not contain the change repeats it. False for effects outside the
   * trainer's state: saving a file, sending a message. @defaultValue true
   */
  readonly again?: boolean
}

/**
 * Checks and converts the single value of a command: its only positional argument, or the object of its keyword
 * arguments if there is no positional one. The error that it throws is the reason in the ack.
 */
export type ValidateValue<Input, Value> = (value: Input) => Value

/** Checks and converts all arguments of a command: runtimectl's own form. */
export type ValidateCall<Args extends readonly unknown[]> = (
  args: readonly Json[],
  kwargs: JsonObject,
) => readonly [args: Args, kwargs: Readonly<Record<string, unknown>>]

/**
 * The result of registering: `kept` if the path was taken by another function and `overwrite` was not set, so that the
 * new one is not used; `same` if it was the same function.
 */
export type Registered = 'registered' | 'replaced' | 'kept' | 'same'

/**
 * Registers a function under a path.
 *
 * It is called with the trainer's context, the positional arguments, and, if there are any, the keyword arguments as
 * one object. It may return a function that reverts the change, which is called when another rank fails.
 *
 * @throws TypeError for a path that is not text, or empty, and for an option that does not exist.
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
