import type { Stage, SweepConfig } from '../config/config.ts'
import { isModelSearch } from '../config/model-methods.ts'
import type { TrialRecord } from '../journal/fold.ts'
import { trialState } from '../journal/trial-state.ts'
import { planModelSearch } from '../plan/model-search.ts'
import type { Outcome } from '../plan/outcome.ts'
import { planGrid } from '../plan/plan.ts'
import { planSearch } from '../plan/search.ts'
import { type Candidate, chooseParents, type Parent, stageOf } from '../plan/stages.ts'
import type { PlannedTrial, SweepTrial } from '../plan/trial.ts'
import { nextRetryAt } from '../planners/retries.ts'
import { searchedTrials } from './search-outcomes.ts'
import type { Workspace } from './workspace.ts'

/** Trials that are planned together: those of a sweep without stages, of a first stage, or of a single parent in a later stage. */
export interface Part {
  /** The whole sweep. */
  readonly sweep: SweepConfig
  readonly stage: Stage | null
  /** Null if its trials do not continue other trials. */
  readonly parent: Parent | null
  /** The config of its trials. */
  readonly config: SweepConfig
}

/** A stage's progress. */
export interface StageProgress {
  readonly stage: Stage
  /** The parts that can be planned now. */
  readonly parts: readonly Part[]
  /** The trials that must end before the stage can choose further parents; empty if the choice has been made. */
  readonly waitsFor: readonly TrialRecord[]
  /** Whether it will choose no further parents. */
  readonly isSettled: boolean
  /** The number of parents whose children a driver or the next `run` has yet to plan. */
  readonly unplanned: number
}

/** Returns a sweep's stages in order, each with the parts that can be planned now. Empty without stages. */
export function stagesNow(workspace: Workspace, config: SweepConfig): readonly StageProgress[] {
  const found = new Map<string, StageProgress & { readonly isOver: boolean }>()
  for (const stage of config.stages) {
    const above = stage.after === null ? null : (found.get(stage.after) ?? null)
    const progress = above === null ? firstStage(config, stage) : laterStage(workspace, config, stage, above)
    found.set(stage.name, { ...progress, isOver: isOver(workspace, config, progress) })
  }
  return [...found.values()]
}

/** Returns the parts that can be planned now, in stage order. */
export function partsNow(workspace: Workspace, config: SweepConfig): readonly Part[] {
  if (config.stages.length === 0) return [{ sweep: config, stage: null, parent: null, config }]
  return stagesNow(workspace, config).flatMap(({ parts }) => parts)
}

function firstStage(sweep: SweepConfig, stage: Stage): StageProgress {
  return {
    stage,
    parts: [{ sweep, stage, parent: null, config: stage.config }],
    waitsFor: [],
    isSettled: true,
    unplanned: 0,
  }
}

function laterStage(
  workspace: Workspace,
  config: SweepConfig,
  stage: Stage,
  above: StageProgress & { readonly isOver: boolean },
): StageProgress {
  const records = recordsOf(workspace, config, above.stage.name)
  if (isNative(config, stage)) return nativeStage(workspace, stage, config, { above, records })
  const open = records.filter((record) => !isRecordOver(record, config))
  const mayChoose = above.isOver || stage.take.kind === 'each'
  const wasTaken = (i: number): boolean => workspace.journal.fold.decisions.has(takeKey(stage, i))
  const completed = candidatesOf(workspace, above.stage.config, records)
  // A trial remains a parent while it is rerun.
  const candidates = mayChoose ? completed : completed.filter(({ trial }) => wasTaken(trial.i))
  const parents = chooseParents(stage.take, candidates, above.stage.config, wasTaken)
  const unplanned = parents.filter(({ trial }) => !wasTaken(trial.i)).length
  const hasAll = stage.take.kind === 'best' && unplanned === 0 && parents.length >= stage.take.count
  return {
    stage,
    parts: parents.map((parent) => ({ sweep: config, stage, parent, config: stage.config })),
    waitsFor: above.isOver || hasAll ? [] : open,
    isSettled: above.isOver || hasAll,
    unplanned,
  }
}

/** Whether SLURM starts a stage's trials. On any other executor they wait for a driver, like those of other stages. */
export function isNative({ executor }: SweepConfig, stage: Stage): boolean {
  return stage.isNative && executor === 'slurm'
}

/** Returns the progress of a stage whose trials are planned as soon as a run of their parents has been requested. */
function nativeStage(
  workspace: Workspace,
  stage: Stage,
  sweep: SweepConfig,
  { above, records }: { readonly above: StageProgress; readonly records: readonly TrialRecord[] },
): StageProgress {
  const wasTaken = ({ trial }: TrialRecord): boolean => workspace.journal.fold.decisions.has(takeKey(stage, trial.i))
  const mayComplete = (record: TrialRecord): boolean =>
    trialState(record) === 'completed' || (trialState(record) !== 'ready' && !isRecordOver(record, sweep))
  const parents = records.filter((record) => wasTaken(record) || mayComplete(record))
  const parts = parents.map(({ trial }): Part => {
    return { sweep, stage, parent: { trial, evidence: { of: parents.length } }, config: stage.config }
  })
  const unplanned = parents.filter((record) => !wasTaken(record)).length
  return { stage, parts, waitsFor: [], isSettled: above.isSettled && above.unplanned === 0, unplanned }
}

/** Whether a stage is finished: all of its trials have been planned and have ended. */
function isOver(
  workspace: Workspace,
  config: SweepConfig,
  { stage, parts, isSettled, unplanned }: StageProgress,
): boolean {
  if (!isSettled || unplanned > 0) return false
  const records = recordsOf(workspace, config, stage.name)
  if (stage.after === null && records.length === 0) return false
  if (!records.every((record) => isRecordOver(record, config))) return false
  return parts.every((part) => {
    if (!isModelSearch(part.config)) return true
    const next = proposals(workspace, part)
    return next.ok && next.value.length === 0
  })
}

// A stopped trial keeps its place until the next `run`, so its children wait. `prune` abandons a trial.
export function isRecordOver(record: TrialRecord, { retries }: SweepConfig): boolean {
  const state = trialState(record)
  if (state === 'failed') return nextRetryAt(record, retries) === null
  return state === 'completed' || state === 'pruned'
}

function candidatesOf(
  workspace: Workspace,
  config: SweepConfig,
  records: readonly TrialRecord[],
): readonly Candidate[] {
  const completed = records.filter((record) => trialState(record) === 'completed')
  const { objective, retries } = config
  if (objective === null) return completed.map(({ trial }) => ({ trial, value: null }))
  return completed.map((record) => {
    const [searched] = searchedTrials(workspace, objective, retries, [record])
    const value = searched?.outcome.kind === 'complete' ? searched.outcome.value : null
    return { trial: record.trial, value }
  })
}

/** Returns the journal key that records that a trial became a parent. */
export function takeKey({ name }: Stage, parent: number): string {
  return `stage/${name}/${parent}`
}

function currentRecords({ journal }: Workspace): readonly TrialRecord[] {
  return [...journal.fold.trials.values()].filter(({ isDropped, isOrphan }) => !isDropped && !isOrphan)
}

function recordsOf(workspace: Workspace, config: SweepConfig, stage: string): readonly TrialRecord[] {
  return currentRecords(workspace).filter(({ trial }) => stageOf(config, trial) === stage)
}

/** Whether a trial belongs to a part. */
export function isInPart({ sweep, stage, parent }: Part, trial: SweepTrial): boolean {
  return stageOf(sweep, trial) === (stage?.name ?? null) && (trial.parent ?? null) === (parent?.trial.i ?? null)
}

/** Returns the points that a part's search would try next. */
export function proposals(workspace: Workspace, part: Part): Outcome<readonly PlannedTrial[]> {
  const { search, objective, retries } = part.config
  if (search === null || objective === null) return { ok: true, value: [] }
  const trials = searchedTrials(workspace, objective, retries, partRecords(workspace, part))
  return withPlace(planModelSearch(part.config, search, objective, trials), part)
}

/** Returns all trials that a part requires, existing and new ones. */
export function planPart(workspace: Workspace, part: Part): Outcome<readonly PlannedTrial[]> {
  const { config } = part
  if (config.search === null) return withPlace(planGrid(config), part)
  const existing = partRecords(workspace, part).map(({ trial }) => trial)
  if (!isModelSearch(config)) return withPlace(planSearch(config, config.search, existing), part)
  const next = proposals(workspace, part)
  return next.ok ? { ok: true, value: [...existing, ...next.value] } : next
}

function partRecords(workspace: Workspace, part: Part): readonly TrialRecord[] {
  return currentRecords(workspace).filter(({ trial }) => isInPart(part, trial))
}

/** Adds the stage, the parent and the values inherited from the parent to planned trials. */
function withPlace(
  planned: Outcome<readonly PlannedTrial[]>,
  { stage, parent }: Part,
): Outcome<readonly PlannedTrial[]> {
  if (!planned.ok || stage === null) return planned
  const place = { stage: stage.name, ...(parent !== null && { parent: parent.trial.i }) }
  const above = parent === null || !stage.inherits ? [] : [...parent.trial.params, ...parent.trial.extras]
  const value = planned.value.map(({ params, extras }) => {
    const own = new Set([...params, ...extras].map(([name]) => name))
    return { params, extras: [...extras, ...above.filter(([name]) => !own.has(name))], ...place }
  })
  return { ok: true, value }
}
