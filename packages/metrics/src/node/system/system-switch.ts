import { show } from '@hotcb/protocol'

/** The default number of seconds between machine measurements. */
export const SYSTEM_SECONDS = 5

/**
 * Returns the seconds between machine measurements; null for none. The program's option takes precedence over `HOTCB_SYSTEM=off` in the
 * environment.
 *
 * @throws RangeError for a number that is not above 0.
 */
export function systemSeconds(
  given: boolean | number | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): number | null {
  if (given === false || (given === undefined && env['HOTCB_SYSTEM'] === 'off')) return null
  if (typeof given !== 'number') return SYSTEM_SECONDS
  if (Number.isFinite(given) && given > 0) return given
  throw new RangeError(`\`system\` must be true, false, or seconds > 0, got ${show(given)}`)
}
