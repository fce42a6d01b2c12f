/**
 * Milliseconds of a monotonic clock, from any origin. The same clock as `performance.now`, which would load a part of
 * Node first: 1.5 ms of a command that takes twenty.
 */
export function runningMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
