import { replaceDocument } from '@hotcb/journal'
import type { Fold, TrialRecord } from '../journal/fold.ts'
import { HERD_STATUS, newestAttempt, trialState } from '../journal/trial-state.ts'
import type { Assignments } from '../plan/hash.ts'
import { asciiJson, pythonJson } from '../plan/python-text.ts'
import { crashPoint } from './crash-point.ts'
import type { JournalWriter } from './journal.ts'
import { viewsHash } from './view-files.ts'
import type { Workspace } from './workspace.ts'

/**
 * Writes `manifest.json` and `job_ids.json`, which HyperHerd reads, if they differ from the journal. Anything that HyperHerd wrote in the
 * meantime is adopted first, because it would otherwise be lost.
 */
export function exportViews({ paths, views }: Pick<Workspace, 'paths' | 'views'>, writer: JournalWriter): void {
  writer.adopt()
  const { manifest, jobIds } = paths
  const { fold } = writer
  if (CHECKED.get(fold) === fold.changes && views.read()?.sha256 === fold.exported) return
  const text = manifestText(writer.fold)
  const jobs = jobIdsText(writer.fold)
  const sha256 = viewsHash(text, jobs)
  const isThere = views.read()?.sha256 === sha256
  if ((isThere && sha256 === fold.exported) || fold.trials.size === 0) {
    CHECKED.set(fold, fold.changes)
    return
  }
  crashPoint('export')
  // A process that was suspended at this point must not overwrite files that another process has written since.
  writer.check()
  replaceDocument(manifest, text)
  crashPoint('export-half')
  replaceDocument(jobIds, jobs)
  crashPoint('exported')
  writer.append({ type: 'exported', sha256 })
  CHECKED.set(fold, fold.changes)
}

/** The fold's change count when its views were last checked, so that an idle driver does not rebuild them at each check. */
const CHECKED = new WeakMap<Fold, number>()

/**
 * Formats HyperHerd's manifest: HyperHerd's keys in its order, with numbers as Python writes them, followed by the keys that hotcb adds.
 */
function manifestText(fold: Fold): string {
  const records = [...fold.trials.values()].filter(({ isDropped }) => !isDropped)
  return `[\n${records.map((record) => `  ${recordText(record)}`).join(',\n')}\n]\n`
}

function recordText(record: TrialRecord): string {
  const { i, hash, params, extras, name, stage, parent } = record.trial
  const state = trialState(record)
  return `${[
    `{"index": ${i}`,
    `"hash": ${asciiJson(hash)}`,
    `"params": ${objectText(params)}`,
    `"extras": ${objectText(extras)}`,
    `"experiment_name": ${asciiJson(name)}`,
    `"status": ${asciiJson(HERD_STATUS[state])}`,
    `"state": ${asciiJson(state)}`,
    `"attempt": ${newestAttempt(record)?.n ?? 0}`,
    `"orphan": ${record.isOrphan}`,
    ...(stage === undefined ? [] : [`"stage": ${asciiJson(stage)}`]),
    ...(parent === undefined ? [] : [`"parent": ${parent}`]),
  ].join(', ')}}`
}

function objectText(assignments: Assignments): string {
  return `{${assignments.map(([name, value]) => `${asciiJson(name)}: ${pythonJson(value)}`).join(', ')}}`
}

/** Returns the SLURM jobs with the trials that they ran, oldest first; a local trial has no job. */
function jobIdsText(fold: Fold): string {
  const rows = [...fold.submissions.values()].flatMap(({ executor, job, attempts, isMapped }) => {
    // HyperHerd assumes that the task number is the trial's index.
    if (executor !== 'slurm' || job === null || job === '' || isMapped) return []
    return [`  {"slurm_job_id": ${asciiJson(job)}, "indices": [${attempts.map(([i]) => i).join(', ')}]}`]
  })
  return rows.length === 0 ? '[]\n' : `[\n${rows.join(',\n')}\n]\n`
}
