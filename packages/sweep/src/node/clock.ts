import { runningMs } from '@hotcb/journal'

/** A workspace's clock. */
export interface Clock {
  /** Returns epoch seconds. The time never goes backwards, even if the machine's clock is set back. */
  now(): number
  /** Moves the clock forward to at least this time, which is the time of a journal line. */
  atLeast(seconds: number): void
}

/** @param wall Returns the machine's time in epoch seconds. */
export function createClock(
  wall: () => number = () => Date.now() / 1000,
  running: () => number = () => runningMs() / 1000,
): Clock {
  let floor = wall()
  let floorAt = running()
  const raise = (seconds: number): void => {
    floor = seconds
    floorAt = running()
  }
  const now = (): number => {
    // While the machine's clock is behind, this clock advances with elapsed time.
    const time = Math.max(wall(), floor + running() - floorAt)
    raise(time)
    return time
  }
  return {
    now,
    atLeast(seconds) {
      if (seconds > now()) raise(seconds)
    },
  }
}
