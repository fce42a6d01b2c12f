/** Time between steps. */
export interface Pace {
  /** Waits for a step's delay, in short intervals. Returns immediately when `isOver` returns true. */
  rest(isOver: () => boolean): Promise<void>
  /** Seconds since the pace was created. */
  elapsed(): number
}

const PIECE_MS = 50
// The maximum time in milliseconds before signals and timers are handled.
const YIELD_MS = 10

/** Creates a pace of `delay` seconds per step. At 0, it only lets the event loop run from time to time. */
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
