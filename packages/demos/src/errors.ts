import { printable } from '@hotcb/protocol'

/**
 * The kinds of errors. `bad-data`: the shipped data set is damaged. `bad-option`: a value is out of range. `bad-run`: the run
 * directory cannot be used as requested. `bad-snapshot`: bytes cannot be restored. `disposed`: a trainer was used after
 * `dispose`. `no-backend`: WebAssembly or jax-js is not available. `ranks`: a rank could not be started. `recipe`: a recipe does not
 * match the run.
 */
export type DemoErrorCode =
  | 'bad-data'
  | 'bad-option'
  | 'bad-run'
  | 'bad-snapshot'
  | 'disposed'
  | 'no-backend'
  | 'ranks'
  | 'recipe'

/** Thrown if a demo cannot continue; `code` is the reason. */
export class DemoError extends Error {
  override readonly name = 'DemoError'
  readonly code: DemoErrorCode

  constructor(code: DemoErrorCode, message: string, options?: ErrorOptions) {
    super(printable(message), options)
    this.code = code
  }
}
