/** Whether a value is a promise, or any other object with a `then`. Throws if the getter of `then` throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/**
 * Checks the result of one of the trainer's functions, which must be synchronous.
 *
 * @param what The name of the function in the message, such as `its setter`.
 * @throws TypeError when it is a promise. If the promise rejects later, the rejection is ignored and does not terminate
 *   the process.
 */
export function requireSync<Value>(given: Value, what: string): Value {
  if (!isThenable(given)) return given
  // A custom thenable may throw or settle twice, so it is wrapped in a promise, which does neither.
  Promise.resolve(given).catch(() => undefined)
  throw new TypeError(`${what} returned a promise: it must be synchronous`)
}
