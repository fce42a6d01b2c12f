import { mkdirSync } from 'node:fs'
import { readDocument, replaceDocument } from '@hotcb/journal'
import { isObject, parseJson } from '@hotcb/protocol'
import { type Answer, answer, type Limits, type OpenAttempt } from '../../executor/executor.ts'
import { programCaller } from '../cluster/call-program.ts'
import type { WorkspacePaths } from '../paths.ts'
import type { SlurmSweep } from './slurm-executor.ts'

/** SLURM's own default, used if the cluster does not answer. */
const DEFAULT_ARRAY_SIZE = 1001
const DEFAULT_ARRAY_TASKS = 1000
const DEFAULT_JOB_AGE = 300
const KEPT_SECONDS = 3600

/** Limits of a cluster. */
export interface ClusterFacts {
  readonly maxArraySize: number
  /** The largest number of tasks in one array job. */
  readonly maxArrayTasks: number
  /** Seconds for which the queue still shows a job that has ended. */
  readonly minJobAge: number
  readonly hasAccounting: boolean
}

/** The largest number of tasks in one submission: its script stays small, and a lost answer concerns few tasks. */
const CHUNK = 1000

export async function readLimits(sweep: SlurmSweep, open: readonly OpenAttempt[]): Promise<Answer<Limits>> {
  const { maxArraySize, maxArrayTasks } = await clusterFacts(sweep)
  const { maxQueued } = sweep.options
  return answer({
    places: null,
    chunk: Math.min(CHUNK, maxArraySize - 1, maxArrayTasks),
    maxTask: maxArraySize - 1,
    ...(maxQueued !== null && { room: Math.max(0, maxQueued - open.length) }),
    signSeconds: null,
  })
}

/** The limits that the cluster reports, cached for an hour in `cluster.json`. */
export async function clusterFacts({ paths, now, isLookOnly, options }: SlurmSweep): Promise<ClusterFacts> {
  const kept = keptFacts(paths.cluster, now())
  if (kept !== null) return kept
  const { stdout } = await programCaller(options.ssh)('scontrol', ['show', 'config'], { timeoutMs: 20_000 })
  const number = (name: string, otherwise: number): number =>
    Number(new RegExp(`^${name}\\s*=\\s*(\\d+)`, 'm').exec(stdout)?.[1] ?? otherwise)
  const facts = {
    maxArraySize: number('MaxArraySize', DEFAULT_ARRAY_SIZE),
    maxArrayTasks: Number(/\bmax_array_tasks=(\d+)/.exec(stdout)?.[1] ?? DEFAULT_ARRAY_TASKS),
    minJobAge: number('MinJobAge', DEFAULT_JOB_AGE),
    hasAccounting: !/^AccountingStorageType\s*=\s*(\(null\)|accounting_storage\/none)/m.test(stdout),
  }
  if (stdout !== '' && !isLookOnly) keepFacts(paths, { ...facts, at: now() })
  return facts
}

function keepFacts({ state, cluster }: WorkspacePaths, facts: ClusterFacts & { readonly at: number }): void {
  try {
    mkdirSync(state, { recursive: true })
    replaceDocument(cluster, `${JSON.stringify(facts)}\n`)
  } catch {
    // A full disk, or another user's files: the cluster is queried again.
  }
}

function keptFacts(path: string, now: number): ClusterFacts | null {
  const parsed = parseJson(readDocument(path)?.text ?? '')
  if (!parsed.ok || !isObject(parsed.value)) return null
  const { maxArraySize, maxArrayTasks, minJobAge, hasAccounting, at } = parsed.value
  if (typeof maxArraySize !== 'number' || typeof maxArrayTasks !== 'number') return null
  if (typeof minJobAge !== 'number' || typeof hasAccounting !== 'boolean' || typeof at !== 'number') return null
  return Math.abs(now - at) < KEPT_SECONDS ? { maxArraySize, maxArrayTasks, minJobAge, hasAccounting } : null
}
