import { readDocument, readLastLines, runningMs } from '@hotcb/journal'
import { isObject, type LedgerLine, metricValue, parseJson, type RunDocument, readRunDocument } from '@hotcb/protocol'
import { type Liveness, livenessReason, readMetricLine } from '@hotcb/run'
import { type Follow, openRun, type Run, type StreamRecord } from '@hotcb/run/node'
import type { EngineRecord } from '../engine/engine.ts'
import type { NotifyFacts } from '../engine/facts.ts'
import { createProposalFold } from '../engine/proposals.ts'
import { createTimers } from '../engine/timers.ts'
import type { RunScope } from '../engine/when-judge.ts'

/** The result of one check of a run. */
export interface RunLook {
  readonly facts: NotifyFacts
  readonly records: readonly EngineRecord[]
  /** Proposals that were answered since the last check, with the answers as text. */
  readonly answered: readonly { readonly action: string; readonly says: string }[]
}

/** A run that is watched from its live end. Reads are blocking; on a local disk, each one takes microseconds. */
export interface RunWatch {
  readonly run: Run
  readonly keyMetric: string | null
  readonly scope: RunScope
  /** The latest records from before watching began. They fill the windows. */
  readonly history: readonly EngineRecord[]
  look(): RunLook
  close(): void
}

const MOST_RECORDS = 20_000
const MOST_BYTES = 4 * 1024 * 1024
const PAST_LINES = 2000
const DOCUMENT_MS = 2000

/** @param newSince Epoch seconds; only later autopilot lines may cause messages. */
export function watchRun(
  dir: string,
  {
    newSince,
    describeLine,
  }: { readonly newSince: number; readonly describeLine: (run: Run, line: LedgerRecord) => string },
): RunWatch {
  const run = openRun(dir)
  const metrics = run.follow('metrics', 'end')
  const history = readLastLines(run.path('metrics'), MOST_RECORDS, { before: metrics.offset, maxBytes: MOST_BYTES })
  const [autopilot, ledger] = [run.follow('autopilot', 'end'), run.follow('ledger', 'end')]
  const documents = readDocuments(run)
  const proposals = createProposalFold()
  const timers = createTimers({ hasReported: history.length > 0 })
  let isStopped = false
  const takeLedger = (record: LedgerRecord): { action: string; says: string } | undefined => {
    const { module, op, decision } = record.value
    if (module === 'core' && op === 'attempt') isStopped = false
    if (module === 'core' && op === 'stop' && decision === 'applied') isStopped = true
    const action = proposals.ledger(record.value)
    return action === undefined ? undefined : { action, says: describeLine(run, record) }
  }
  for (const { value } of run.last('autopilot', PAST_LINES)) proposals.line(value, value.ts > newSince)
  for (const record of run.last('ledger', PAST_LINES)) takeLedger(record)
  return {
    run,
    keyMetric: documents.run()?.key_metric ?? null,
    scope: {
      control: (key) => documents.controls().get(key),
      get maxSteps() {
        return documents.run()?.max_steps ?? null
      },
    },
    history: history.flatMap(({ text }) => recordOf(text)),
    look() {
      const answered = readAll(ledger).flatMap((record) => takeLedger(record) ?? [])
      for (const { value } of readAll(autopilot)) proposals.line(value, true)
      const records = readAllLines(metrics).flatMap(recordOf)
      const life = run.life()
      const now = Date.now() / 1000
      const { state } = life
      const isAlive = life.verdict === 'alive'
      const step = state?.step ?? records.at(-1)?.step ?? null
      const seen = {
        now: runningMs() / 1000,
        isAlive,
        isPaused: state?.paused === true,
        attempt: state?.kernel.attempt ?? null,
        step,
        hasRecords: records.length > 0,
      }
      const facts: NotifyFacts = {
        ...factsOf(life),
        ...timers.see(seen),
        ...documents.ending(),
        now,
        step,
        stoppedEarly: isStopped || documents.run()?.stopped_early === true,
        proposals: proposals.open(now, step),
        alerts: proposals.alerts(),
      }
      return { facts, records, answered }
    },
    close() {
      for (const follow of [metrics, autopilot, ledger]) follow.close()
    },
  }
}

type LedgerRecord = StreamRecord<LedgerLine>

function factsOf(
  life: Liveness,
): Pick<
  NotifyFacts,
  'life' | 'deadBecause' | 'isProcessGone' | 'closed' | 'paused' | 'freeze' | 'attempt' | 'stepSeconds'
> {
  const { verdict, by, state } = life
  // Without a state document, or if it cannot be read, nothing is known.
  const isKnown = by !== 'absent' && by !== 'unreadable'
  return {
    life: isKnown ? verdict : 'unknown',
    deadBecause: livenessReason(life),
    isProcessGone: verdict === 'dead' && by === 'process',
    closed: state?.closed === true,
    paused: state?.paused === true,
    freeze: state?.freeze.mode ?? 'off',
    attempt: state?.kernel.attempt ?? null,
    stepSeconds: state?.step_seconds ?? null,
  }
}

/** Documents that rarely change. They are read again every two seconds. */
interface Documents {
  run(): RunDocument | undefined
  ending(): { readonly exitCode: number | null }
  controls(): ReadonlyMap<string, number | string | boolean>
}

function readDocuments(run: Run): Documents {
  let readAt = Number.NEGATIVE_INFINITY
  let document: RunDocument | undefined
  let exitCode: number | null = null
  let controls = new Map<string, number | string | boolean>()
  const refresh = (): void => {
    if (runningMs() - readAt < DOCUMENT_MS) return
    readAt = runningMs()
    const parsed = parseJson(readDocument(run.path('run'))?.text ?? '{}')
    const read = parsed.ok ? readRunDocument(parsed.value) : parsed
    if (read.ok) document = read.value
    const code = parsed.ok && isObject(parsed.value) ? parsed.value['exit_code'] : null
    exitCode = typeof code === 'number' ? code : null
    const described = run.document('actuators').value?.controls ?? []
    controls = new Map(described.flatMap(({ param_key: key, current }) => (isPlain(current) ? [[key, current]] : [])))
  }
  return {
    run() {
      refresh()
      return document
    },
    ending() {
      refresh()
      return { exitCode }
    },
    controls() {
      refresh()
      return controls
    },
  }
}

function isPlain(value: unknown): value is number | string | boolean {
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'
}

function recordOf(text: string): readonly EngineRecord[] {
  const line = readMetricLine(text)
  if (line === undefined) return []
  const metrics: Record<string, number | null> = {}
  for (const [name, raw] of Object.entries(line.metrics)) {
    const value = metricValue(raw)
    if (value !== undefined) metrics[name] = value
  }
  return [{ step: line.step, metrics }]
}

function readAll<Value>(follow: Follow<Value>): { value: Value; text: string; offset: number }[] {
  const all: { value: Value; text: string; offset: number }[] = []
  while (follow.look()) {
    const { records, failure } = follow.read()
    if (failure !== null) break
    all.push(...records)
  }
  return all
}

function readAllLines(follow: Follow<unknown>): string[] {
  const all: string[] = []
  while (follow.look()) {
    const { lines, failure } = follow.read()
    if (failure !== null) break
    for (const { text } of lines) all.push(text)
  }
  return all
}
