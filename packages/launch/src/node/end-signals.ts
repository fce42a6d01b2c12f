/** Signals that ask a keeper to end its training. */
export interface EndSignals {
  /** Is called for each signal from now on, and immediately for each that came earlier. */
  listen(onSignal: () => void): void
  release(): void
}

const NAMES = ['SIGTERM', 'SIGINT'] as const

/** Catches signals from now on, so that one that comes while the training is being started is not lost. */
export function catchEndSignals(): EndSignals {
  let early = 0
  let listener: (() => void) | undefined
  const onSignal = (): void => {
    if (listener === undefined) early++
    else listener()
  }
  const ignore = (): void => undefined
  for (const name of NAMES) process.on(name, onSignal)
  // A closed terminal ends nothing.
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
