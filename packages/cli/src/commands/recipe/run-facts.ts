import { statSync } from 'node:fs'
import { refusal } from '@hotcb/commands'
import type { MetricRecord, RunDocument } from '@hotcb/protocol'
import { type ComparedRun, exportRecipe, lastMetrics, type RunRecord } from '@hotcb/recipe'
import { moduleTable, type Run } from '../../run.ts'
import { streamValues } from '../replay/stream-values.ts'

/** The data from a run to compare, with notes for the user. */
export interface ReadRun<Facts> {
  readonly facts: Facts
  /** Called after the comparison, when unreadable lines are known. */
  notes(): readonly string[]
}

/**
 * Reads a run's metrics and weights.
 *
 * @throws CommandError `refused` if there are no metrics, because there would be nothing to compare.
 */
export function readRecord(run: Run): ReadRun<RunRecord> {
  const path = run.path('metrics')
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw refusal(`the metrics file \`${path}\` does not exist: nothing to compare`)
  }
  const metrics = streamValues(run, 'metrics')
  const document = readRun(run)
  return {
    facts: { metrics, weightsSha256: document?.weights_sha256 ?? null },
    notes: () => [...metrics.trouble(), ...aliveNotes(run)],
  }
}

/** Reads all run data that `hotcb diff` compares. */
export function readFacts(run: Run): ReadRun<ComparedRun> {
  const metrics = streamValues(run, 'metrics')
  const document = readRun(run)
  const ledger = streamValues(run, 'ledger')
  // The export is forced, because comparing changes does not require a reproducible run.
  const exported = exportRecipe(ledger, { force: true, table: moduleTable(run) })
  const { entries, notes } = exported.ok ? exported.value : { entries: [], notes: [exported.reason] }
  return {
    facts: {
      metrics,
      run: document,
      changes: entries,
      ...((document?.final_metrics ?? null) === null && { finals: lastOf(metrics) }),
    },
    notes: () => [
      ...ledger.trouble(),
      ...metrics.trouble(),
      ...notes.map((note) => `${run.dir}: ${note}`),
      ...aliveNotes(run),
    ],
  }
}

function readRun(run: Run): RunDocument | null {
  const { value, trouble } = run.document('run')
  if (trouble !== undefined) throw refusal(trouble)
  return value ?? null
}

// Returns the last value of each metric.
function lastOf(metrics: Iterable<MetricRecord>): Readonly<Record<string, number | null>> {
  const finals: Record<string, number | null> = {}
  for (const { metrics: values } of lastMetrics(metrics)) {
    for (const [name, value] of values) Object.defineProperty(finals, name, { value, enumerable: true, writable: true })
  }
  return finals
}

function aliveNotes(run: Run): readonly string[] {
  const { verdict, state } = run.life()
  return verdict === 'alive' ? [`\`${run.dir}\` is still training, now at step ${state?.step ?? 0}`] : []
}
