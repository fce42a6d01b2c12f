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

/** A cluster's limits. */
export interface ClusterFacts {
  readonly maxArraySize: number
  /** The maximum number of tasks in one array job. */
  readonly maxArrayTasks: number
  /** The number of seconds for which the queue still lists a finished job. */
  readonly minJobAge: number
  readonly hasAccounting: boolean
}

/** The maximum number of tasks in one submission. It keeps the script small, and a lost answer affects few tasks. */
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

/** Returns the limits that the cluster reports, cached for an hour in `cluster.json`. */
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
    // The disk is full, or the files belong to another user. The cluster is queried again next time.
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
