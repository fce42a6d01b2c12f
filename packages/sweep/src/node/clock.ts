import { runningMs } from '@hotcb/journal'

/** The time of a workspace. */
export interface Clock {
  /** Epoch seconds; never earlier than before, also where the clock of the machine was set back. */
  now(): number
  /** From now on it is at least so late: a line of the journal says so. */
  atLeast(seconds: number): void
}

/** @param wall Epoch seconds of the machine. */
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
    // While the machine's clock is behind, ours continues by the time that really passes.
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
