import type { Screen } from './screen.ts'

/** A dashboard that shows the run. */
export interface ServedRun {
  readonly address: string
  /** What a person should be told, one line each. */
  readonly notes: readonly string[]
  close(): Promise<void>
}

/** Starts what shows the run, and says where. A training is not given up because it cannot be shown. */
export async function startServing(
  serve: ((runDir: string) => Promise<ServedRun>) | undefined,
  runDir: string,
  screen: Screen,
): Promise<ServedRun | null> {
  if (serve === undefined) return null
  try {
    const served = await serve(runDir)
    screen.write(`Dashboard: ${served.address}\n`)
    for (const note of served.notes) screen.write(`${note}\n`)
    return served
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    screen.write(`The dashboard could not be started, the training goes on without: ${why}\n`)
    return null
  }
}

/** Waits until a person has seen enough. */
export async function stayServing(screen: Screen): Promise<void> {
  screen.write('The dashboard stays until you type ctrl-c.\n')
  await new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done())
    // Nothing else may be left that keeps the process running.
    const heartbeat = setInterval(() => undefined, 60_000)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => clearInterval(heartbeat))
  })
}
