import { isDeeperThan, MAX_DEPTH, TOO_DEEP } from './depth.ts'
import { findNonFinite } from './json.ts'

/**
 * Formats one line of a JSONL file, ended by `\n`. Keys whose values are undefined are left out.
 *
 * @throws {RangeError} If a number is not finite, because JSON cannot represent it; the message names the first one.
 *   Also if the value is nested deeper than {@link MAX_DEPTH}, or contains itself, because no reader would accept it.
 */
export function formatLine(value: object): string {
  refuseUnwritable(value)
  return `${JSON.stringify(value)}\n`
}

/**
 * Formats a JSON document, indented for readability, ended by `\n`.
 *
 * @throws {RangeError} If a number is not finite, because JSON cannot represent it; the message names the first one.
 *   Also if the value is nested deeper than {@link MAX_DEPTH}, or contains itself, because no reader would accept it.
 */
export function formatDocument(value: object): string {
  refuseUnwritable(value)
  return `${JSON.stringify(value, null, 2)}\n`
}

function refuseUnwritable(value: object): void {
  if (isDeeperThan(value, MAX_DEPTH)) throw new RangeError(TOO_DEEP)
  const path = findNonFinite(value)
  if (path !== undefined) throw new RangeError(`\`${path}\` must be a finite number, got NaN or an infinity`)
}
