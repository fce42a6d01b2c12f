/** The two clocks of a collector. They are passed in, so that tests and replays control the time. */
export interface MetricsClock {
  /** Epoch seconds with fraction, the value of `wall_time`. */
  wall(): number
  /** Monotonic milliseconds from any origin, used to measure the time between writes. */
  running(): number
}
