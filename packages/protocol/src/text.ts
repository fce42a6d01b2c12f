import { isDeeperThan, MAX_DEPTH, TOO_DEEP } from './depth.ts'
import { findNonFinite } from './json.ts'

/**
 * One line of a JSONL file, ended by `\n`. Keys that are undefined are left out.
 *
 * @throws {RangeError} Naming the first number that is not finite: JSON cannot represent it. Also for a value that is
 *   nested deeper than {@link MAX_DEPTH}, or contains itself: no reader would accept it.
 */
export function formatLine(value: object): string {
  refuseUnwritable(value)
  return `${JSON.stringify(value)}\n`
}

/**
 * A JSON document, indented for people, ended by `\n`.
 *
 * @throws {RangeError} Naming the first number that is not finite: JSON cannot represent it. Also for a value that is
 *   nested deeper than {@link MAX_DEPTH}, or contains itself: no reader would accept it.
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
