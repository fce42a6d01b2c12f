/** A source of measurements, such as machine metrics, that a collector adds to some of its records. */
export interface FigureSource {
  /**
   * Returns the measurements for a record of `step`; null if none are due. It is called for every record, so it must be cheap and must not
   * throw.
   *
   * @param nowMs Monotonic milliseconds.
   */
  take(step: number, nowMs: number): Readonly<Record<string, number>> | null
  /** Receives the kernel's run directory, if it has one. */
  attach?(runDir: string | undefined): void
  close(): void
}
