/** A wish of the operating system or of a person at the keyboard to end. */
export interface Interrupt {
  /** The signal that came; null while there was none. */
  readonly signal: NodeJS.Signals | null
  /** Gives the signals back. */
  release(): void
}

/** Waits for SIGINT and SIGTERM. The first one calls `onSignal`; a second one ends the process as it would without us. */
export function catchInterrupt(onSignal: (signal: NodeJS.Signals) => void): Interrupt {
  let caught: NodeJS.Signals | null = null
  const handle = (signal: NodeJS.Signals): void => {
    caught = signal
    release()
    onSignal(signal)
  }
  const release = (): void => {
    process.off('SIGINT', handle)
    process.off('SIGTERM', handle)
  }
  process.on('SIGINT', handle)
  process.on('SIGTERM', handle)
  return {
    get signal() {
      return caught
    },
    release,
  }
}
