/** The two clocks that a collector needs; passed in, so that tests and replays decide what time it is. */
export interface MetricsClock {
  /** Epoch seconds, with fraction: what stands in `wall_time`. */
  wall(): number
  /** Milliseconds from any origin that never go back: what the 50 ms between writes are measured with. */
  running(): number
}
