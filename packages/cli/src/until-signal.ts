/**
 * Resolves when the process is asked to exit by ctrl-C or SIGTERM.
 *
 * Call it before anything is printed: a reader may send the signal at the first line.
 */
export function untilSignal(): Promise<'interrupted'> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done('interrupted'))
  })
}
