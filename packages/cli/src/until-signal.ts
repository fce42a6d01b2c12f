/** Resolves when the process is asked to exit by ctrl-C or SIGTERM. */
export function untilSignal(): Promise<'interrupted'> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done('interrupted'))
  })
}
