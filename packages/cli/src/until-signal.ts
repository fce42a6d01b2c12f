/**
 * Resolves when the process receives SIGINT (Ctrl-C) or SIGTERM.
 *
 * Call it before the command prints anything, because a program that reads the output may send the signal at the first line.
 */
export function untilSignal(): Promise<'interrupted'> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done('interrupted'))
  })
}
