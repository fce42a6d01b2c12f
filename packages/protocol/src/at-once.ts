/** Whether a value is a promise, or any other object with a `then`. Throws what reading `then` throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/**
 * What a function of the trainer gave, which must be there when the function returns.
 *
 * @param what The function, for the message: `its setter`.
 * @throws TypeError when it is a promise. Should the promise reject later, nobody hears of it: it does not end the process.
 */
export function atOnce<Value>(given: Value, what: string): Value {
  if (!isThenable(given)) return given
  // A thenable of any make may throw, or answer twice; a promise of it does neither.
  Promise.resolve(given).catch(() => undefined)
  throw new TypeError(`${what} returned a promise: it must be done when it returns`)
}
