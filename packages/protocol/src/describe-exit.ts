/**
 * Describes how a process ended, to follow its name in a sentence: `exited with code 4`, or `was killed (SIGKILL)`.
 *
 * @param code The exit code; null if a signal ended the process.
 * @param signal The signal that ended the process; null if it exited.
 */
export function describeExit(code: number | null, signal: string | null): string {
  return signal === null ? `exited with code ${code}` : `was killed (${signal})`
}
