import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { processStart } from '@hotcb/journal'
import type { SweepConfig } from '../config/config.ts'
import { overrideLine } from '../plan/overrides.ts'
import { jsonOf, type Trial } from '../plan/trial.ts'
import { readEnvFile } from './env-file.ts'
import { hostMark, type WorkspacePaths } from './paths.ts'
import { WRAPPER } from './wrapper.ts'

/** One attempt that is to be started. */
export interface Start {
  readonly trial: Trial
  readonly n: number
  /** As for CUDA_VISIBLE_DEVICES; empty for none. */
  readonly gpus: string
}

/** Starts the wrapper of an attempt; it outlives this process. `onExit` is called when it ends while we live. */
export function startLocal(paths: WorkspacePaths, config: SweepConfig, start: Start, onExit: () => void): number {
  const { i } = start.trial
  const runDir = join(paths.results, String(i))
  mkdirSync(paths.logs, { recursive: true })
  mkdirSync(runDir, { recursive: true })
  // A request that an earlier attempt was given.
  rmSync(join(runDir, '_signal'), { force: true })
  const out = openSync(join(paths.logs, `${i}.out`), 'a')
  const err = openSync(join(paths.logs, `${i}.err`), 'a')
  try {
    const child = spawn('bash', ['-c', WRAPPER, 'hotcb-trial'], {
      cwd: paths.root,
      detached: true,
      stdio: ['ignore', out, err],
      env: wrapperEnv(paths, config, start, { ...readEnvFile(paths.root), ...process.env }),
    })
    child.on('exit', onExit)
    child.on('error', onExit)
    child.unref()
    return child.pid ?? 0
  } finally {
    closeSync(out)
    closeSync(err)
  }
}

/** What a launcher finds in its environment, over what is there already. */
export function trialEnv(
  paths: WorkspacePaths,
  config: SweepConfig,
  { trial, n, gpus }: Start,
  outer: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const { objective, halving, local } = config
  const cpus = String(local.cpusPerTask)
  return {
    ...outer,
    HYPERHERD_WORKSPACE: paths.root,
    HYPERHERD_SWEEP_NAME: config.name,
    HYPERHERD_TRIAL_ID: String(trial.i),
    HYPERHERD_TRIAL_NAME: trial.name,
    HYPERHERD_EXPERIMENT_NAME: trial.name,
    HYPERHERD_ATTEMPT: String(n),
    HYPERHERD_PARAMS: JSON.stringify(jsonOf(trial.params)),
    HYPERHERD_GPUS: gpus,
    HOTCB_RUN_DIR: join(paths.results, String(trial.i)),
    OMP_NUM_THREADS: outer['OMP_NUM_THREADS'] ?? cpus,
    // Last: it hides no module of the training's own.
    PYTHONPATH: [outer['PYTHONPATH'], paths.clients].filter(Boolean).join(delimiter),
    ...(objective !== null && { HYPERHERD_METRIC: objective.metric }),
    ...(halving !== null && { HYPERHERD_MAX_STEPS: String(halving.budget) }),
    ...(gpus !== '' && { CUDA_VISIBLE_DEVICES: gpus, HIP_VISIBLE_DEVICES: gpus }),
  }
}

function wrapperEnv(
  paths: WorkspacePaths,
  config: SweepConfig,
  start: Start,
  outer: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const { name, params, extras } = start.trial
  return {
    ...trialEnv(paths, config, start, outer),
    HYPERHERD_LAUNCHER: resolve(paths.root, config.launcher),
    HYPERHERD_OVERRIDES: overrideLine(name, params, config.staticOverrides, extras),
    HYPERHERD_HOST: hostMark(),
    // The boot and the namespaces; the wrapper adds its own start time.
    HYPERHERD_PLACE: processStart()?.split('/').slice(0, -1).join('/') ?? '',
  }
}
