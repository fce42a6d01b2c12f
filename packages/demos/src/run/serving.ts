import { messageOf, printable } from '@hotcb/protocol'
import type { Screen } from './screen.ts'

/** A dashboard that shows the run. */
export interface ServedRun {
  readonly address: string
  /** What a person should be told, one line each. */
  readonly notes: readonly string[]
  close(): Promise<void>
}

/** What shows the run beside the training, where anything does. */
export interface Serving {
  /** Starts it, and says where. A training is not given up because it cannot be shown. */
  start(runDir: string): Promise<void>
  /** Waits until a person has seen enough. */
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
        screen.write(`Dashboard: ${served.address}\n`)
        for (const note of served.notes) screen.write(`${printable(note)}\n`)
      } catch (error) {
        const why = messageOf(error)
        screen.write(`The dashboard could not be started, the training goes on without: ${printable(why)}\n`)
      }
    },
    async stay() {
      if (served === null) return
      screen.write('The dashboard stays until you type ctrl-c.\n')
      await new Promise<void>((done) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done())
      })
    },
    async close() {
      await served?.close()
    },
  }
}
