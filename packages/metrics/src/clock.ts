/** The two clocks of a collector. They are passed in, so that tests and replays control the time. */
export interface MetricsClock {
  /** Fractional epoch seconds, the value of `wall_time`. */
  wall(): number
  /** Monotonic milliseconds with any origin, used to measure the time between writes. */
  running(): number
}
