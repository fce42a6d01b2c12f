/** Time between steps. */
export interface Pace {
  /** Rests for the delay of a step, in small pieces; ends immediately when `isOver` returns true. */
  rest(isOver: () => boolean): Promise<void>
  /** Seconds since the pace was made. */
  elapsed(): number
}

const PIECE_MS = 50
// The minimum frequency at which signals and timers are handled between steps.
const YIELD_MS = 10

/** A pace of `delay` seconds per step; at 0 it only lets the event loop run now and then. */
export function createPace(delay: number, now: () => number): Pace {
  const started = now()
  let yielded = started

  return {
    elapsed: () => (now() - started) / 1000,
    async rest(isOver) {
      const until = now() + delay * 1000
      for (let left = until - now(); left > 0 && !isOver(); left = until - now()) {
        await new Promise((resolve) => setTimeout(resolve, Math.min(left, PIECE_MS)))
        yielded = now()
      }
      if (now() - yielded < YIELD_MS) return
      await new Promise((resolve) => setImmediate(resolve))
      yielded = now()
    },
  }
}
