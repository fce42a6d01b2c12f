import type { Liveness } from '../life.ts'

/**
 * Checks repeatedly until it is known whether a trainer is alive, or the time is up.
 *
 * @param options.timeoutMs Default 6000, which is slightly more than the five seconds within which most trainers show
 *   that they are alive.
 */
export async function settleLiveness(
  { life }: { readonly life: () => Liveness },
  { timeoutMs = 6000, everyMs = 200 }: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<Liveness> {
  for (const end = performance.now() + timeoutMs; ; ) {
    const seen = life()
    if (seen.verdict !== 'unknown' || performance.now() >= end) return seen
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
