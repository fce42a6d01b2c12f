import { readFileSync, statSync } from 'node:fs'
import { readLines } from '@hotcb/journal'
import { type MetricRecord, parseJson, type RunDocument, readMetricRecord, readRunDocument } from '@hotcb/protocol'
import { exportRecipe, lastMetrics, type RunFacts, type RunRecord } from '@hotcb/recipe'
import { refusal } from '../errors.ts'
import { cannot, type Run } from '../run.ts'
import { ledgerLines } from './ledger-lines.ts'

/** A run as it is compared, and what a person should know of it. */
export interface ReadRun<Facts> {
  readonly facts: Facts
  /** Asked for when the comparison is done: what could not be read is known by then. */
  notes(): readonly string[]
}

/**
 * Metrics and weights of a run.
 *
 * @throws `CliError` `refused` where there are no metrics: nothing would be compared.
 */
export function readRecord(run: Run): ReadRun<RunRecord> {
  const path = run.path('metrics')
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw refusal(`there are no metrics \`${path}\`: nothing to compare`)
  }
  const metrics = metricFile(path)
  const document = readRun(run)
  return {
    facts: { metrics, weightsSha256: document?.weights_sha256 ?? null },
    notes: () => [...metrics.trouble(), ...aliveNotes(run)],
  }
}

/** All that is compared of a run by `hotcb diff`. */
export function readFacts(run: Run): ReadRun<RunFacts> {
  const metrics = metricFile(run.path('metrics'))
  const document = readRun(run)
  const ledger = ledgerLines(run)
  // By force: a comparison of changes is no promise that the run can be had again.
  const exported = exportRecipe(ledger.lines, { force: true })
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

interface MetricFile extends Iterable<MetricRecord> {
  trouble(): readonly string[]
}

// Opened anew by every iterator, so that files of any size are compared in little memory.
function metricFile(path: string): MetricFile {
  const bad = new Map<number, string>()
  return {
    *[Symbol.iterator]() {
      const onOversized = ({ offset }: { readonly offset: number }): unknown => bad.set(offset, 'too long')
      for (const { text, offset } of readLines(path, { onOversized })) {
        const parsed = parseJson(text)
        const record = parsed.ok ? readMetricRecord(parsed.value) : parsed
        if (record.ok) yield record.value
        else bad.set(offset, record.reason)
      }
    },
    trouble() {
      const [first] = bad
      if (first === undefined) return []
      const lines = bad.size === 1 ? 'one line is' : `${bad.size} lines are`
      return [`\`${path}\`: ${lines} left out: byte ${first[0]}: ${first[1]}`]
    },
  }
}

function readRun(run: Run): RunDocument | null {
  const path = run.path('run')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw cannot(`read \`${path}\``, error)
  }
  if (text.trim() === '') return null
  const parsed = parseJson(text)
  const read = parsed.ok ? readRunDocument(parsed.value) : parsed
  if (!read.ok) throw refusal(`\`${path}\`: ${read.reason}`)
  return read.value
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
