import type { WireChannel } from '../../shared/wire.ts'
import {
  alertsStream,
  autopilotStream,
  checkpointsStream,
  peopleStream,
  runsStream,
  stateStream,
  tunerStream,
} from './documents.ts'
import { metricsStream } from './metrics.ts'
import { recordsOf } from './records.ts'
import type { StreamOf } from './stream.ts'

/** Every stream that a page can follow, by name. `shared/wire.ts` defines its messages. */
export const STREAMS: { readonly [Name in WireChannel]: StreamOf<Name> } = {
  metrics: metricsStream,
  ledger: recordsOf('ledger'),
  log: recordsOf('log'),
  features: recordsOf('features'),
  state: stateStream,
  checkpoints: checkpointsStream,
  runs: runsStream,
  people: peopleStream,
  autopilot: autopilotStream,
  alerts: alertsStream,
  tuner: tunerStream,
}

// TypeScript types the result of Object.keys as plain strings.
export const STREAM_NAMES: readonly WireChannel[] = Object.keys(STREAMS) as WireChannel[]
