/** Figures that a collector adds to its records now and then, such as those of the machine. */
export interface FigureSource {
  /**
   * The figures for a record of `step`; null while none are due. It is called at every record: it must be cheap, and must not throw.
   *
   * @param nowMs Monotonic milliseconds.
   */
  take(step: number, nowMs: number): Readonly<Record<string, number>> | null
  /** Receives the run directory of the kernel, if it has one. */
  attach?(runDir: string | undefined): void
  close(): void
}
