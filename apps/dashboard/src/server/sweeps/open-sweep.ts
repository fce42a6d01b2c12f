import { directionOf } from '@hotcb/metrics/judge'
import { configOf, isLive, type SweepConfig, type TrialRecord, trialState } from '@hotcb/sweep'
import {
  configInForce,
  createTrialCourses,
  lookOnly,
  openWorkspace,
  readSweepStatus,
  type SweepStatus,
  type TrialCourses,
  trialMetricNames,
  type Workspace,
} from '@hotcb/sweep/node'

/** A sweep that is read repeatedly. */
export interface OpenSweep {
  readonly workspace: Workspace
  /**
   * Returns the state, which may be a moment old: up to ten seconds if it comes from a scheduler, and longer if it takes long to read.
   * Reading it writes nothing.
   */
  status(): Promise<SweepStatus>
  /** Makes the next {@link status} read the files again. */
  hasChanged(): void
  config(): SweepConfig
  records(): readonly TrialRecord[]
  /** Returns the curves of one metric. They are cached. */
  courses(metric: string): TrialCourses
  /** Returns the metrics that trials reported. The metric of the objective comes first. */
  metrics(): readonly string[]
  objective(): Objective
  close(): void
}

/** The metric that trials are judged by. */
export interface Objective {
  readonly metric: string | null
  readonly direction: 'min' | 'max'
  readonly value: 'last' | 'best'
}

const LEAST_MS = 400
/** Minimum time between two queries, because pages must not keep a scheduler busy. */
const SCHEDULER_MS = 10_000
/** How many trials at each end of the list are searched for names of metrics. */
const NAMED_TRIALS = 12
/** The maximum number of metrics whose curves are cached. */
const MOST_METRICS = 4

export function openSweep(dir: string): OpenSweep {
  const workspace = lookOnly(openWorkspace(dir))
  const courses = new Map<string, TrialCourses>()
  const names = createNames(workspace)
  const configNow = createConfigReader(workspace)
  let read: { readonly status: SweepStatus; readonly dueMs: number } | undefined
  const records = (): readonly TrialRecord[] =>
    [...workspace.journal.fold.trials.values()].filter(({ isDropped }) => !isDropped)
  const objective = (): Objective => {
    const config = configNow()
    const named = config.objective ?? halvingObjective(config) ?? stageObjective(config)
    if (named !== null) return named
    const [metric = null] = names(records())
    return { metric, direction: metric === null ? 'min' : guessed(metric), value: 'last' }
  }
  return {
    workspace,
    async status() {
      if (read !== undefined && performance.now() < read.dueMs) return read.status
      const startedMs = performance.now()
      const status = await readSweepStatus(workspace)
      const took = performance.now() - startedMs
      const pause = configNow().executor === 'local' ? LEAST_MS : SCHEDULER_MS
      read = { status, dueMs: performance.now() + Math.max(pause, took * 4) }
      return status
    },
    hasChanged() {
      read = undefined
    },
    config: configNow,
    records,
    courses(metric) {
      const { metric: judged, direction, value } = objective()
      const choice = metric === judged ? { direction, value } : { direction: guessed(metric), value: 'last' as const }
      const one = courses.get(metric) ?? createTrialCourses(workspace.paths, { metric, ...choice })
      courses.delete(metric)
      courses.set(metric, one)
      for (const name of courses.keys()) if (courses.size > MOST_METRICS) courses.delete(name)
      return one
    },
    metrics() {
      const { metric } = objective()
      return [...new Set([...(metric === null ? [] : [metric]), ...names(records())])]
    },
    objective,
    close: () => workspace.close(),
  }
}

function halvingObjective({ halving }: SweepConfig): Objective | null {
  return halving === null ? null : { metric: halving.metric, direction: halving.direction, value: 'last' }
}

function stageObjective({ stages }: SweepConfig): Objective | null {
  return stages.map(({ config }) => config.objective ?? halvingObjective(config)).find((one) => one !== null) ?? null
}

function guessed(metric: string): 'min' | 'max' {
  return directionOf(metric) === 'max' ? 'max' : 'min'
}

/** Reads the config in effect. Its text is parsed only if it has changed. */
function createConfigReader(workspace: Workspace): () => SweepConfig {
  let read: { readonly text: string | undefined; readonly changes: number; readonly config: SweepConfig } | undefined
  return () => {
    const { config: written, changes } = workspace.journal.fold
    // Without a hotcb journal, the config file itself is in effect, and it may change at any time.
    const isSame = read !== undefined && written !== null && read.text === written.text && read.changes === changes
    if (read === undefined || !isSame) read = { text: written?.text, changes, config: configInForce(workspace) }
    return read.config
  }
}

/** Collects the names of metrics that the first and last trials reported. A trial is read again while it is running. */
function createNames({ paths }: Workspace): (records: readonly TrialRecord[]) => readonly string[] {
  const found = new Set<string>()
  const asked = new Set<string>()
  return (records) => {
    const begun = records.filter(({ attempts }) => attempts.length > 0)
    for (const record of [...begun.slice(0, NAMED_TRIALS), ...begun.slice(-NAMED_TRIALS)]) {
      const key = `${record.trial.i}-${record.attempts.length}`
      if (asked.has(key)) continue
      if (!isLive(trialState(record))) asked.add(key)
      for (const name of trialMetricNames(paths, record.trial.i)) found.add(name)
    }
    return [...found].sort()
  }
}

/** Returns the config that applies to the trials of a stage; for null, the whole config. */
export function configOfStage(config: SweepConfig, stage: string | null): SweepConfig {
  return stage === null ? config : configOf(config, { stage })
}
