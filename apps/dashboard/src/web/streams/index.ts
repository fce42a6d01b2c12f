import { openAlerts } from './alerts.ts'
import { openAutopilot } from './autopilot.ts'
import { openLedger } from './ledger.ts'
import { openLog } from './log.ts'
import { openMetrics } from './metrics.ts'
import { openPeople } from './people.ts'
import { openState } from './state.ts'
import type { OpenStream, StreamHost } from './stream.ts'
import { openTuner } from './tuner.ts'

/** How the page opens and keeps one of a run's streams. */
interface StreamSource {
  /** Called for the first panel that needs the stream. */
  open(host: StreamHost): OpenStream
  /** Whether the stream stays open until the run is closed. Otherwise it is closed with the last panel that needs it. */
  readonly isKept: boolean
}

/** Every run stream that panels can read, by name. */
export const STREAMS = {
  state: { open: openState, isKept: true },
  ledger: { open: openLedger, isKept: true },
  metrics: { open: openMetrics, isKept: true },
  log: { open: openLog, isKept: false },
  people: { open: openPeople, isKept: true },
  autopilot: { open: openAutopilot, isKept: true },
  alerts: { open: openAlerts, isKept: true },
  tuner: { open: openTuner, isKept: true },
} as const satisfies Readonly<Record<string, StreamSource>>

export type StreamName = keyof typeof STREAMS

/** The open stream of each name. */
export type Streams = { readonly [Name in StreamName]: ReturnType<(typeof STREAMS)[Name]['open']> }
