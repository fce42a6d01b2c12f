import type { MetricsClock } from '../clock.ts'

/** The clocks of this machine. */
export const systemClock: MetricsClock = {
  wall: () => Date.now() / 1000,
  running: () => performance.now(),
}
