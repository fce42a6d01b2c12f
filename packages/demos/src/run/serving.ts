import { messageOf, printable } from '@hotcb/protocol'
import type { Screen } from './screen.ts'

/** A dashboard that shows the run. */
export interface ServedRun {
  readonly address: string
  /** Messages for the user, one line each. */
  readonly notes: readonly string[]
  close(): Promise<void>
}

/** The dashboard next to the training, if any. */
export interface Serving {
  /** Starts it, and prints its address. The training continues even if it cannot be shown. */
  start(runDir: string): Promise<void>
  /** Waits until the user stops it. */
  stay(): Promise<void>
  close(): Promise<void>
}

export function createServing(serve: ((runDir: string) => Promise<ServedRun>) | undefined, screen: Screen): Serving {
  let served: ServedRun | null = null

  return {
    async start(runDir) {
      if (serve === undefined) return
      try {
        served = await serve(runDir)
        screen.write(`Dashboard: ${served.address}\n(\`--no-serve\` trains without it.)\n`)
        for (const note of served.notes) screen.write(`${printable(note)}\n`)
      } catch (error) {
        const why = messageOf(error)
        screen.write(`The dashboard could not be started, the training continues without it: ${printable(why)}\n`)
      }
    },
    async stay() {
      if (served === null) return
      // This comes before the line is printed, because a reader may send the signal as soon as it appears.
      const interrupted = new Promise<void>((done) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done())
      })
      screen.write('The dashboard keeps running until you press Ctrl-C.\n')
      await interrupted
    },
    async close() {
      await served?.close()
    },
  }
}
