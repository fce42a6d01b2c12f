import type { Json, JsonObject } from '@hotcb/protocol'
import type { StandardSchema } from './standard-schema.ts'

/** What is told of a control beside the function that it calls. */
export interface ControlOptions {
  /** Takes the place of a control that is registered under this path. @defaultValue false: the first one is kept */
  readonly overwrite?: boolean
  /** What it does, for `runtimectl list`. */
  readonly description?: string
  /**
   * Whether a restored trainer whose checkpoint does not hold the change makes it again. False for what acts outside of the
   * trainer's state: saving a file, sending a message. @defaultValue true
   */
  readonly again?: boolean
}

/**
 * Checks and converts the one value of a command: its only positional argument; the object of its keyword arguments
 * where there is no positional one. What it throws is the reason in the ack.
 */
export type ValidateValue<Input, Value> = (value: Input) => Value

/** Checks and converts all arguments of a command: runtimectl's own form. */
export type ValidateCall<Args extends readonly unknown[]> = (
  args: readonly Json[],
  kwargs: JsonObject,
) => readonly [args: Args, kwargs: Readonly<Record<string, unknown>>]

/**
 * What registering gave: `kept` where the path was taken by another function and `overwrite` was not asked for, so that
 * the new one is not used; `same` where it was this very function.
 */
export type Registered = 'registered' | 'replaced' | 'kept' | 'same'

/**
 * Registers a function under a path.
 *
 * It is called with the trainer's context, the positional arguments, and, where there are any, the keyword arguments as one
 * object. It may return a function that puts things back, which is called when another rank fails.
 *
 * @throws TypeError for a path that is no text, or empty, and for an option that does not exist.
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

/** A registered control, whatever its types were. */
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
