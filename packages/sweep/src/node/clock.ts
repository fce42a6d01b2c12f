import { runningMs } from '@hotcb/journal'

/** The time of a workspace. */
export interface Clock {
  /** Epoch seconds; never earlier than before, even if the clock of the machine was set back. */
  now(): number
  /** Moves the clock to at least this time, which a line of the journal contains. */
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
    // While the machine's clock is behind, this clock advances with the time that really passes.
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
