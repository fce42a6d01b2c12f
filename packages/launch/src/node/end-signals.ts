/** The signals that ask a keeper to stop its training. */
export interface EndSignals {
  /** Calls `onSignal` for each later signal, and immediately for each earlier one. */
  listen(onSignal: () => void): void
  release(): void
}

const NAMES = ['SIGTERM', 'SIGINT'] as const

/** Starts catching signals, so that a signal is not lost while the training starts. */
export function catchEndSignals(): EndSignals {
  let early = 0
  let listener: (() => void) | undefined
  const onSignal = (): void => {
    if (listener === undefined) early++
    else listener()
  }
  const ignore = (): void => undefined
  for (const name of NAMES) process.on(name, onSignal)
  // Closing the terminal must not stop the training.
  process.on('SIGHUP', ignore)
  return {
    listen(told) {
      listener = told
      for (; early > 0; early--) told()
    },
    release() {
      for (const name of NAMES) process.off(name, onSignal)
      process.off('SIGHUP', ignore)
    },
  }
}
