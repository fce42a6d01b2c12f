/**
 * How often `apply` was called at each step: a checkpoint load needs this for the step before the one to which it goes
 * back.
 */
export interface LoopCalls {
  /** The loop is at the `call`-th `apply` of a step, from 0. */
  arrive(step: number, call: number): void
  /** The last call of a step in this process; null if the loop was never there. */
  lastOf(step: number): number | null
}

/** Consecutive steps with the same last call. */
interface Run {
  readonly from: number
  to: number
  last: number
}

/**
 * A loop has a fixed number of calls per step, or alternates between two such numbers, so runs of equal steps keep a
 * million steps small.
 */
export function createLoopCalls(): LoopCalls {
  const runs: Run[] = []
  // A shortcut to the last of them, since every safe point needs it.
  let top: Run | undefined

  // Steps from here on are about to be trained again.
  function forgetFrom(step: number): void {
    while ((runs.at(-1)?.from ?? Number.NEGATIVE_INFINITY) >= step) runs.pop()
    top = runs.at(-1)
    if (top !== undefined && top.to >= step) top.to = step - 1
  }

  function joinLast(): void {
    const before = runs.at(-2)
    if (top === undefined || before?.to !== top.from - 1 || before.last !== top.last) return
    before.to = top.to
    runs.pop()
    top = before
  }

  return {
    arrive(step, call) {
      if (top !== undefined && call === 0 && top.last === 0 && top.to === step - 1) {
        top.to = step
        return
      }
      forgetFrom(step)
      top = { from: step, to: step, last: call }
      runs.push(top)
      joinLast()
    },
    lastOf(step) {
      for (let i = runs.length - 1; i >= 0; i--) {
        const run = runs[i]
        if (run !== undefined && run.from <= step) return step <= run.to ? run.last : null
      }
      return null
    },
  }
}
