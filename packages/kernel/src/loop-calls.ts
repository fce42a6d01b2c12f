/**
 * Records how often `apply` was called at each step. A checkpoint load needs this number for the step before the one
 * that it returns to.
 */
export interface LoopCalls {
  /** Records that the loop is at the `call`-th `apply` in a step, from 0. */
  arrive(step: number, call: number): void
  /** Returns the index of the last call in a step; null if the loop of this process never reached that step. */
  lastOf(step: number): number | null
}

/** Consecutive steps with the same last call. */
interface Run {
  readonly from: number
  to: number
  last: number
}

/**
 * A loop has a fixed number of calls per step, or alternates between two numbers, so a million steps can be stored
 * compactly as runs of equal steps.
 */
export function createLoopCalls(): LoopCalls {
  const runs: Run[] = []
  // A shortcut to the last run, since every safe point needs it.
  let top: Run | undefined

  // Steps from this one on are removed, because they will be trained again.
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
