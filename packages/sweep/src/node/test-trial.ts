import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { SweepConfig } from '../config/config.ts'
import type { TrialRecord } from '../journal/fold.ts'
import { isLive, trialState } from '../journal/trial-state.ts'
import { overrideLine } from '../plan/overrides.ts'
import { configOf } from '../plan/stages.ts'
import type { SweepTrial } from '../plan/trial.ts'
import { trialEnv } from './attempt-env.ts'
import { readEnvFile } from './env-file.ts'
import { plannedTrials } from './run-sweep.ts'
import { setResultsAside } from './set-aside.ts'
import { SweepError } from './sweep-error.ts'
import { checkLauncher, underClaim, type Workspace } from './workspace.ts'

/** The trial that `test` will run. */
export interface TestedTrial {
  readonly i: number
  readonly name: string
  /** Absolute. */
  readonly launcher: string
  readonly overrides: string
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** The folders that earlier results were moved to. */
  readonly setAside: readonly string[]
}

/** Options for a test. */
export interface TestOptions {
  /** Whether to check only Hydra's config, without training. */
  readonly isConfigOnly: boolean
  /** Whether to move aside the results of a trial that was already started. */
  readonly force: boolean
}

/**
 * Prepares a test of the launcher with a trial's values.
 *
 * @throws SweepError `refused` for a running trial, and for a trial that was started unless `force` is set.
 */
export async function testTrial(workspace: Workspace, index: number, options: TestOptions): Promise<TestedTrial> {
  const { paths } = workspace
  const { trials, config } = await plannedTrials(workspace)
  checkLauncher(paths, config)
  const trial = trials.find((one) => one.trial.i === index)?.trial
  if (trial === undefined) {
    throw new SweepError('refused', `no trial ${index}; the sweep has ${trials.length} trials`)
  }
  const record = workspace.journal.fold.trials.get(index)
  const wasStarted = record !== undefined && record.attempts.length > 0
  if (wasStarted && !options.isConfigOnly) refuseUnlessForced(record, options)
  const setAside =
    wasStarted && !options.isConfigOnly
      ? await underClaim(workspace, 'test', () => setResultsAside(workspace, index))
      : []
  if (!options.isConfigOnly) mkdirSync(join(paths.results, String(index)), { recursive: true })
  return { ...tested(workspace, config, trial, options.isConfigOnly), setAside }
}

/**
 * Prepares a test of Hydra's config with every trial's values. Nothing is trained.
 *
 * @throws SweepError `refused` if the launcher cannot be run.
 */
export async function testConfigs(workspace: Workspace): Promise<readonly TestedTrial[]> {
  const { trials, config } = await plannedTrials(workspace)
  checkLauncher(workspace.paths, config)
  return trials.map(({ trial }) => tested(workspace, config, trial, true))
}

function tested({ paths }: Workspace, sweep: SweepConfig, trial: SweepTrial, isConfigOnly: boolean): TestedTrial {
  const { i, name, params, extras } = trial
  const config = configOf(sweep, trial)
  const line = overrideLine(name, params, config.staticOverrides, extras)
  return {
    i,
    name,
    launcher: resolve(paths.root, config.launcher),
    overrides: isConfigOnly ? `${line} --cfg job --resolve` : line,
    cwd: paths.root,
    env: { ...readEnvFile(paths.root), ...process.env, ...trialEnv(paths, config, { trial, n: 0, gpus: '' }) },
    setAside: [],
  }
}

function refuseUnlessForced(record: TrialRecord, { force }: TestOptions): void {
  const { i } = record.trial
  const state = trialState(record)
  if (isLive(state)) throw new SweepError('refused', `trial ${i} is ${state}; stop it first with \`herd stop ${i}\``)
  if (force) return
  throw new SweepError(
    'refused',
    `trial ${i} has already been started (state: ${state}); use \`--force\` to test it anyway and move its results aside`,
  )
}
