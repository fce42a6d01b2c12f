import { printable } from '@hotcb/protocol'

/**
 * What went wrong: `bad-data` the shipped data set is damaged, `bad-option` a value out of range, `bad-run` a run directory
 * that cannot be used as asked, `bad-snapshot` bytes that cannot be restored, `disposed` a trainer used after `dispose`,
 * `no-backend` WebAssembly or jax-js is missing, `ranks` a rank that could not be started, `recipe` a recipe that does not fit.
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

/** A demo cannot continue; `code` says why. */
export class DemoError extends Error {
  override readonly name = 'DemoError'
  readonly code: DemoErrorCode

  constructor(code: DemoErrorCode, message: string, options?: ErrorOptions) {
    super(printable(message), options)
    this.code = code
  }
}
