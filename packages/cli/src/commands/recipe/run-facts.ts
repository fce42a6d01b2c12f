import { statSync } from 'node:fs'
import { refusal } from '@hotcb/commands'
import type { MetricRecord, RunDocument } from '@hotcb/protocol'
import { exportRecipe, lastMetrics, type RunFacts, type RunRecord } from '@hotcb/recipe'
import { moduleTable, type Run } from '../../run.ts'
import { streamValues } from '../replay/stream-values.ts'

/** A run as it is compared, and what a person should know of it. */
export interface ReadRun<Facts> {
  readonly facts: Facts
  /** Asked for when the comparison is done: what could not be read is known by then. */
  notes(): readonly string[]
}

/**
 * Metrics and weights of a run.
 *
 * @throws CommandError `refused` where there are no metrics: nothing would be compared.
 */
export function readRecord(run: Run): ReadRun<RunRecord> {
  const path = run.path('metrics')
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw refusal(`there are no metrics \`${path}\`: nothing to compare`)
  }
  const metrics = streamValues(run, 'metrics')
  const document = readRun(run)
  return {
    facts: { metrics, weightsSha256: document?.weights_sha256 ?? null },
    notes: () => [...metrics.trouble(), ...aliveNotes(run)],
  }
}

/** All that is compared of a run by `hotcb diff`. */
export function readFacts(run: Run): ReadRun<RunFacts> {
  const metrics = streamValues(run, 'metrics')
  const document = readRun(run)
  const ledger = streamValues(run, 'ledger')
  // By force: a comparison of changes is no promise that the run can be had again.
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

// What was measured last, by name.
function lastOf(metrics: Iterable<MetricRecord>): Readonly<Record<string, number | null>> {
  const finals: Record<string, number | null> = {}
  for (const { metrics: values } of lastMetrics(metrics)) {
    for (const [name, value] of values) Object.defineProperty(finals, name, { value, enumerable: true, writable: true })
  }
  return finals
}

function aliveNotes(run: Run): readonly string[] {
  const { verdict, state } = run.life()
  return verdict === 'alive' ? [`\`${run.dir}\` is still being trained, now at step ${state?.step ?? 0}`] : []
}
