import { createHash } from 'node:crypto'
import { replaceDocument } from '@hotcb/journal'
import type { Fold, TrialRecord } from '../journal/fold.ts'
import { HERD_STATUS, newestAttempt, trialState } from '../journal/trial-state.ts'
import type { Assignments } from '../plan/hash.ts'
import { asciiJson, pythonJson } from '../plan/python-text.ts'
import { crashPoint } from './crash-point.ts'
import type { JournalWriter } from './journal.ts'
import type { WorkspacePaths } from './paths.ts'

/** Writes `manifest.json` and `job_ids.json`, which HyperHerd reads, where the journal says something new. */
export function exportViews({ manifest, jobIds }: WorkspacePaths, writer: JournalWriter): void {
  const text = manifestText(writer.fold)
  const jobs = jobIdsText(writer.fold)
  const sha256 = createHash('sha256').update(text).update(jobs).digest('hex')
  if (sha256 === writer.fold.exported || writer.fold.trials.size === 0) return
  crashPoint('export')
  // A process that was suspended here must not overwrite what another one has written since.
  writer.check()
  replaceDocument(manifest, text)
  crashPoint('export-half')
  replaceDocument(jobIds, jobs)
  crashPoint('exported')
  writer.append({ type: 'exported', sha256 })
}

/** HyperHerd's manifest: its keys in its order, numbers as Python writes them, then our own. */
function manifestText(fold: Fold): string {
  const records = [...fold.trials.values()].filter(({ isDropped }) => !isDropped)
  return `[\n${records.map((record) => `  ${recordText(record)}`).join(',\n')}\n]\n`
}

function recordText(record: TrialRecord): string {
  const { i, hash, params, extras, name } = record.trial
  const state = trialState(record)
  return [
    `{"index": ${i}`,
    `"hash": ${asciiJson(hash)}`,
    `"params": ${objectText(params)}`,
    `"extras": ${objectText(extras)}`,
    `"experiment_name": ${asciiJson(name)}`,
    `"status": ${asciiJson(HERD_STATUS[state])}`,
    `"state": ${asciiJson(state)}`,
    `"attempt": ${newestAttempt(record)?.n ?? 0}`,
    `"orphan": ${record.isOrphan}}`,
  ].join(', ')
}

function objectText(assignments: Assignments): string {
  return `{${assignments.map(([name, value]) => `${asciiJson(name)}: ${pythonJson(value)}`).join(', ')}}`
}

/** The jobs of SLURM with the trials that they ran; a local trial has none. */
function jobIdsText(fold: Fold): string {
  const jobs = new Map<string, number[]>()
  for (const { trial, attempts } of fold.trials.values()) {
    for (const { executor, job } of attempts) {
      if (executor !== 'slurm' || job === null) continue
      jobs.set(job, [...(jobs.get(job) ?? []), trial.i])
    }
  }
  const rows = [...jobs].map(
    ([job, indices]) => `  {"slurm_job_id": ${asciiJson(job)}, "indices": [${indices.join(', ')}]}`,
  )
  return rows.length === 0 ? '[]\n' : `[\n${rows.join(',\n')}\n]\n`
}
