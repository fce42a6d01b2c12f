import { delimiter, join, resolve } from 'node:path'
import type { SweepConfig } from '../config/config.ts'
import { overrideLine } from '../plan/overrides.ts'
import { jsonOf, type SweepTrial, trialValues } from '../plan/trial.ts'
import { readEnvFile } from './env-file.ts'
import type { WorkspacePaths } from './paths.ts'
import { perTask } from './per-task.ts'

/** One start of a trial. */
export interface Start {
  readonly trial: SweepTrial
  /** The attempt number, counted from 1; 0 for a test, which is not an attempt. */
  readonly n: number
  /** In CUDA_VISIBLE_DEVICES format; empty for none. */
  readonly gpus: string
  /** A trial that must have completed, if only the node can check that. */
  readonly needs?: number
}

/** Returns the variables that a launcher receives in addition to `outer`, which includes those of `.env`. */
export function trialEnv(
  paths: WorkspacePaths,
  config: SweepConfig,
  { trial, n, gpus }: Start,
  outer: NodeJS.ProcessEnv = outerEnv(paths),
): Readonly<Record<string, string>> {
  const { objective, halving } = config
  const { cpusPerTask: cpus } = perTask(config, config.executor)
  return {
    HYPERHERD_WORKSPACE: paths.root,
    HYPERHERD_SWEEP_NAME: config.name,
    HYPERHERD_TRIAL_ID: String(trial.i),
    HYPERHERD_TRIAL_NAME: trial.name,
    HYPERHERD_EXPERIMENT_NAME: trial.name,
    HYPERHERD_ATTEMPT: String(n),
    ...(trial.stage !== undefined && { HYPERHERD_STAGE: trial.stage }),
    ...(trial.parent !== undefined && {
      HYPERHERD_PARENT_ID: String(trial.parent),
      HOTCB_PARENT_RUN_DIR: join(paths.results, String(trial.parent)),
    }),
    HYPERHERD_PARAMS: JSON.stringify(jsonOf(trialValues(trial))),
    HYPERHERD_GPUS: gpus,
    HOTCB_RUN_DIR: join(paths.results, String(trial.i)),
    OMP_NUM_THREADS: outer['OMP_NUM_THREADS'] ?? String(cpus),
    // The clients' path comes last, so that it hides none of the trainer's modules.
    PYTHONPATH: [outer['PYTHONPATH'], paths.clients].filter(Boolean).join(delimiter),
    ...(objective !== null && { HYPERHERD_METRIC: objective.metric }),
    ...(halving !== null && { HYPERHERD_MAX_STEPS: String(halving.budget) }),
    ...(gpus !== '' && { CUDA_VISIBLE_DEVICES: gpus, HIP_VISIBLE_DEVICES: gpus }),
  }
}

/**
 * Returns this process's environment, extended by `.env`. Call it once for many trials, because it reads a file and copies all variables.
 */
export function outerEnv({ root }: WorkspacePaths): NodeJS.ProcessEnv {
  return { ...readEnvFile(root), ...process.env }
}

/** Returns the variables from {@link trialEnv} and those that the wrapper also needs: the launcher and its only argument. */
export function attemptEnv(
  paths: WorkspacePaths,
  config: SweepConfig,
  start: Start,
  outer?: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  const { name, params, extras } = start.trial
  const { executor, slurm, retries } = config
  const isAsked = executor === 'slurm' && slurm !== null && slurm.signalBefore !== null
  const requeues = slurm?.onLimit === 'requeue' ? retries.byClass.timeout : 0
  return {
    ...(start.needs !== undefined && { HYPERHERD_NEEDS: String(start.needs) }),
    ...(isAsked && { HYPERHERD_REQUEUES: String(requeues) }),
    ...trialEnv(paths, config, start, outer),
    HYPERHERD_LAUNCHER: resolve(paths.root, config.launcher),
    HYPERHERD_OVERRIDES: overrideLine(name, params, config.staticOverrides, extras),
  }
}
