/** Whether a value is a promise, or any other object with a `then`. Throws what reading `then` throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/**
 * Checks the result of a function of the trainer, which must be synchronous.
 *
 * @param what The function, for the message: `its setter`.
 * @throws TypeError when it is a promise. If the promise rejects later, the rejection is ignored and does not end the
 *   process.
 */
export function requireSync<Value>(given: Value, what: string): Value {
  if (!isThenable(given)) return given
  // A custom thenable may throw, or settle twice; a promise made from it does neither.
  Promise.resolve(given).catch(() => undefined)
  throw new TypeError(`${what} returned a promise: it must be synchronous`)
}
