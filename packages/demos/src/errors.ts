/** What went wrong: `bad-data` the shipped data set is damaged, `bad-snapshot` bytes that cannot be restored, `disposed` a trainer used after `dispose`, `no-backend` WebAssembly is missing. */
export type DemoErrorCode = 'bad-data' | 'bad-snapshot' | 'disposed' | 'no-backend'

/** A demo cannot go on; `code` says why. */
export class DemoError extends Error {
  override readonly name = 'DemoError'
  readonly code: DemoErrorCode

  constructor(code: DemoErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
