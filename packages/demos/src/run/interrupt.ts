/** Ctrl-C, or an operating system signal that asks the process to exit. */
export interface Interrupt {
  /** The first signal; null until then. */
  readonly signal: NodeJS.Signals | null
  /** Stops listening, but ignores an echo of the first signal for up to a second, so that it does not end the process. */
  release(): void
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
// A single Ctrl-C can arrive twice: the terminal signals the whole process group, and npm forwards the signal that it receives.
const ECHO_MS = 1000

/**
 * Listens for SIGINT, SIGTERM and SIGHUP.
 *
 * @param on.first Called for the first signal.
 * @param on.again Called for another SIGINT or SIGTERM that comes at least a second later. SIGHUP counts only as the
 *   first: a closed terminal often sends several, and no person is waiting there anymore.
 * @param nowMs Running time in milliseconds.
 */
export function catchInterrupt(
  on: { readonly first: (signal: NodeJS.Signals) => void; readonly again: () => void },
  nowMs: () => number,
): Interrupt {
  let caught: { readonly signal: NodeJS.Signals; readonly atMs: number } | null = null
  const handle = (signal: NodeJS.Signals): void => {
    if (caught === null) {
      caught = { signal, atMs: nowMs() }
      on.first(signal)
    } else if (signal !== 'SIGHUP' && nowMs() - caught.atMs >= ECHO_MS) on.again()
  }
  for (const signal of SIGNALS) process.on(signal, handle)
  return {
    get signal() {
      return caught?.signal ?? null
    },
    release() {
      const off = (): void => {
        for (const signal of SIGNALS) process.off(signal, handle)
      }
      const leftMs = caught === null ? 0 : ECHO_MS - (nowMs() - caught.atMs)
      if (leftMs > 0) setTimeout(off, leftMs).unref()
      else off()
    },
  }
}
