import { findNonFinite } from './json.ts'

/**
 * One line of a JSONL file, ended by `\n`. Keys that are undefined are left out.
 *
 * @throws {RangeError} Naming the first number that is not finite: JSON cannot carry it.
 */
export function formatLine(value: object): string {
  refuseNonFinite(value)
  return `${JSON.stringify(value)}\n`
}

/**
 * A JSON document, indented for people, ended by `\n`.
 *
 * @throws {RangeError} Naming the first number that is not finite: JSON cannot carry it.
 */
export function formatDocument(value: object): string {
  refuseNonFinite(value)
  return `${JSON.stringify(value, null, 2)}\n`
}

function refuseNonFinite(value: object): void {
  const path = findNonFinite(value)
  if (path !== undefined) throw new RangeError(`\`${path}\` must be a finite number, got NaN or an infinity`)
}
