import { isObject } from '@hotcb/protocol'
import { type Assignments, createTrialHash } from '../plan/hash.ts'
import type { Outcome } from '../plan/outcome.ts'
import type { SweepTrial } from '../plan/trial.ts'
import { parsePythonJson, readPythonValue } from './python-json.ts'

/** HyperHerd's records of a sweep. */
export interface HerdFiles {
  /** The records in the manifest; null if hotcb wrote the manifest. */
  readonly records: readonly HerdRecord[] | null
  /** Submissions, oldest first. */
  readonly jobs: readonly HerdJob[]
}

/** A trial in `manifest.json`. */
export interface HerdRecord {
  readonly trial: SweepTrial
  /** HyperHerd's status, or a SLURM state in lower case. */
  readonly status: string
}

/** An array job in `job_ids.json`. */
export interface HerdJob {
  readonly job: string
  readonly indices: readonly number[]
}

/**
 * Reads the contents of both files; the content of a missing file is null. A file that hotcb wrote contains nothing about HyperHerd,
 * however old it is. All problems are reported in one line.
 */
export function readHerdFiles(manifest: string, jobIds: string | null): Outcome<HerdFiles> {
  const problems: string[] = []
  const records = isOurs(manifest) ? null : recordsOf(manifest, problems)
  const jobs = jobIds === null || isOurs(jobIds) ? [] : jobsOf(jobIds, problems)
  if (problems.length > 0) return { ok: false, message: problems.join('; ') }
  return { ok: true, value: { records, jobs } }
}

/** Whether hotcb wrote this file: hotcb writes one line per record, HyperHerd one line per field. */
function isOurs(text: string): boolean {
  return /^\[\n {2}\{"/.test(text)
}

function listIn(name: string, text: string, problems: string[]): readonly unknown[] {
  const parsed = parsePythonJson(text)
  if (parsed.ok && Array.isArray(parsed.value)) return parsed.value
  problems.push(`${name} is ${parsed.ok ? 'not a list' : 'not JSON'}`)
  return []
}

function recordsOf(text: string, problems: string[]): readonly HerdRecord[] {
  const hash = createTrialHash()
  const seen = new Set<number>()
  return listIn('manifest.json', text, problems).flatMap((record, at) => {
    const where = `manifest.json, record ${at + 1}`
    if (!isObject(record) || !isIndex(record['index'])) {
      problems.push(`${where}: \`index\` is not a whole number >= 0`)
      return []
    }
    const i = record['index']
    if (seen.has(i)) problems.push(`${where}: index ${i} occurs twice`)
    seen.add(i)
    const own: string[] = []
    const params = assignmentsIn(record, 'params', own)
    const extras = assignmentsIn(record, 'extras', own)
    problems.push(...own.map((one) => `manifest.json, trial ${i}: ${one}`))
    const { hash: known, experiment_name: name, status } = record
    const trial = {
      i,
      hash: typeof known === 'string' ? known : hash(params, extras),
      params,
      extras,
      name: typeof name === 'string' ? name : '',
    }
    return [{ trial, status: typeof status === 'string' ? status : 'ready' }]
  })
}

function assignmentsIn(record: Readonly<Record<string, unknown>>, key: string, problems: string[]): Assignments {
  const object = record[key] ?? {}
  if (!isObject(object)) {
    problems.push(`\`${key}\` is not a mapping`)
    return []
  }
  return Object.entries(object).flatMap(([name, json]) => {
    const value = readPythonValue(json)
    if (value !== undefined) return [[name, value] as const]
    problems.push(`${key}.${name} is a mapping, or a whole number above 2^53`)
    return []
  })
}

function jobsOf(text: string, problems: string[]): readonly HerdJob[] {
  return listIn('job_ids.json', text, problems).flatMap((row, at) => {
    const [job, indices] = isObject(row) ? [row['slurm_job_id'], row['indices']] : []
    if (typeof job === 'string' && /^\d+$/.test(job) && Array.isArray(indices) && indices.every(isIndex)) {
      return [{ job, indices }]
    }
    problems.push(`job_ids.json, record ${at + 1}: expected a job number and a list of indices`)
    return []
  })
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
