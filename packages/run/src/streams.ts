import {
  type AutopilotLine,
  type Command,
  type FeatureRecord,
  type LedgerLine,
  type MetricRecord,
  ok,
  parseJson,
  type Result,
  readAutopilotLine,
  readCommand,
  readFeatureRecord,
  readLedgerLine,
  readMetricRecord,
  readTuneMutation,
  readTuneSegment,
  type TuneMutation,
  type TuneSegment,
} from '@hotcb/protocol'

/** The append-only files of a run, keyed by their names in `runFiles`, with the type of their lines. */
export interface RunStreams {
  readonly commands: Command
  readonly ledger: LedgerLine
  readonly metrics: MetricRecord
  readonly features: FeatureRecord
  readonly log: string
  readonly autopilot: AutopilotLine
  readonly tuneMutations: TuneMutation
  readonly tuneSegments: TuneSegment
}

export type StreamName = keyof RunStreams

const READERS: { readonly [Name in Exclude<StreamName, 'log'>]: (value: unknown) => Result<RunStreams[Name]> } = {
  commands: readCommand,
  ledger: readLedgerLine,
  metrics: readMetricRecord,
  features: readFeatureRecord,
  autopilot: readAutopilotLine,
  tuneMutations: readTuneMutation,
  tuneSegments: readTuneSegment,
}

/** The names of the streams. */
export const STREAM_NAMES: readonly string[] = [...Object.keys(READERS), 'log']

/** Parses one line of a stream, or returns in one line why it is invalid. */
export function readStreamLine<Name extends StreamName>(name: Name, text: string): Result<RunStreams[Name]> {
  // A line of the log is text. TypeScript cannot infer that `Name` is `log` here.
  if (name === 'log') return ok(text as RunStreams[Name])
  const parsed = parseJson(text)
  // The cast is safe, because the reader was looked up by the stream's name.
  const read = READERS[name as Exclude<StreamName, 'log'>] as (value: unknown) => Result<RunStreams[Name]>
  return parsed.ok ? read(parsed.value) : parsed
}
