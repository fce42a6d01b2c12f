import type { Stage, SweepConfig } from '../config/config.ts'
import type { Fold, TrialRecord } from '../journal/fold.ts'
import { isLive, newestAttempt, trialState } from '../journal/trial-state.ts'
import { stageOf } from '../plan/stages.ts'
import type { JournalWriter } from './journal.ts'
import { isNative, isRecordOver } from './parts.ts'
import { proposeTrials } from './propose-trials.ts'
import type { Workspace } from './workspace.ts'

/** Plans the trials of stages that SLURM starts, one stage after the other, and returns the indices of those that should run. */
export function planNative(workspace: Workspace, config: SweepConfig, writer: JournalWriter): readonly number[] {
  if (!config.stages.some((stage) => isNative(config, stage))) return []
  const before = new Set(writer.fold.trials.keys())
  for (;;) {
    const { size } = writer.fold.trials
    proposeTrials(workspace, config, writer, ({ stage }) => stage !== null && isNative(config, stage))
    // The trials of one stage are the parents of the next.
    if (writer.fold.trials.size === size) break
  }
  return [...writer.fold.trials.keys()].filter((i) => !before.has(i))
}

/**
 * Reruns trials whose parent had not completed at first but has now. Prunes trials that have not been submitted if their parent will not
 * complete.
 */
export function followParents(config: SweepConfig, writer: JournalWriter): void {
  if (!config.stages.some((stage) => isNative(config, stage))) return
  const again: number[] = []
  for (const record of writer.fold.trials.values()) {
    const parent = parentOf(config, writer, record)
    if (parent === undefined || record.isDropped) continue
    const isDone = trialState(parent) === 'completed'
    if (isDone && trialState(record) === 'failed' && newestAttempt(record)?.facts.reason === 'parent') {
      again.push(record.trial.i)
    }
    if (!isDone && trialState(record) === 'waiting' && isRecordOver(parent, config)) {
      const why = `trial ${parent.trial.i}, which it continues, did not complete`
      writer.appendBy('planner', { type: 'wish', trials: [record.trial.i], want: 'stop', why })
    }
  }
  if (again.length > 0) writer.appendBy('planner', { type: 'call', trials: again })
}

function parentOf(config: SweepConfig, { fold }: JournalWriter, { trial }: TrialRecord): TrialRecord | undefined {
  return nativeStageOf(config, trial) === undefined || trial.parent === undefined
    ? undefined
    : fold.trials.get(trial.parent)
}

function nativeStageOf(config: SweepConfig, trial: TrialRecord['trial']): Stage | undefined {
  const name = stageOf(config, trial)
  return config.stages.find((stage) => stage.name === name && isNative(config, stage))
}

/** Returns a key that is equal for trials that wait for the same trials; null for a trial that waits for none. */
export function dependencyKey(config: SweepConfig, trial: TrialRecord['trial']): string | null {
  const stage = nativeStageOf(config, trial)
  if (stage === undefined || trial.parent === undefined) return null
  return stage.take.kind === 'each' ? `${stage.name}/${trial.parent}` : stage.name
}

/**
 * Returns the jobs, or tasks of jobs, after which SLURM starts trials with the same {@link dependencyKey}. Empty if all of them have
 * finished.
 *
 * @returns Null if one of them has not been submitted yet, so that SLURM cannot wait for it.
 */
export function dependencies(config: SweepConfig, fold: Fold, trial: TrialRecord['trial']): readonly string[] | null {
  const stage = nativeStageOf(config, trial)
  if (stage === undefined) return []
  const isEach = stage.take.kind === 'each'
  const after = new Set<string>()
  for (const parent of fold.trials.values()) {
    const isAwaited = isEach ? parent.trial.i === trial.parent : stageOf(config, parent.trial) === stage.after
    if (!isAwaited || parent.isDropped || parent.isOrphan || isRecordOver(parent, config)) continue
    const { job = null, task } = newestAttempt(parent) ?? {}
    if (job === null || !isLive(trialState(parent))) return null
    after.add(isEach ? `${job}_${task ?? parent.trial.i}` : job)
  }
  return [...after]
}
