import { show } from '@hotcb/protocol'

/** Seconds between two measurements of the machine by default. */
export const SYSTEM_SECONDS = 5

/**
 * The switch of the machine's figures: seconds between two measurements, null for none. What the program says takes precedence over
 * `HOTCB_SYSTEM=off` in the environment.
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
