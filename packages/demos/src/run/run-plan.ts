import { basename, join, resolve } from 'node:path'
import { readDocument } from '@hotcb/journal'
import { parseJson, type RunDocument, readRunDocument, runFiles } from '@hotcb/protocol'
import { openRun } from '@hotcb/run/node'
import type { TuneMode } from '@hotcb/tune'
import { DemoError } from '../errors.ts'
import { type ConfigText, formatConfig, readConfig } from './config-text.ts'
import {
  checkDemoOptions,
  DEFAULT_MAX_STEPS,
  type DemoConfig,
  type DemoOptions,
  type InitialSettings,
} from './demo-options.ts'
import { isTrained, lastRunFolder, makeDemoFolder, refuseFile } from './run-folder.ts'

/** The metric by which the demo's training runs are judged. */
export const KEY_METRIC = 'val_loss'

/** A run with all options resolved. */
export interface RunPlan {
  readonly runDir: string
  readonly config: DemoConfig
  readonly seed: number
  readonly maxSteps: number
  /** Seconds; infinite without a limit. */
  readonly maxTimeSeconds: number
  /** Seconds. */
  readonly stepDelaySeconds: number
  readonly checkpointEvery: number | null
  /** The step from which `finetune` trains on new digits; null for other training runs. */
  readonly newFrom: number | null
  /** Whether the recipe for `multitask` is sent at the start. */
  readonly golden: boolean
  /** The number of processes that train together; 1: only this process. */
  readonly ranks: number
  /** Rules inside the trainer; null for none. */
  readonly autopilot: NonNullable<DemoOptions['autopilot']> | null
  /** The initial mode of the tuner in a new run. */
  readonly tune: TuneMode
  /** Initial settings of the trainer. */
  readonly initial: InitialSettings
  /** Whether to continue from the last checkpoint. */
  readonly isContinued: boolean
  /** The run document of the run that is continued. */
  readonly before: RunDocument | null
}

/**
 * Resolves the options. A continued run keeps all of its options. Its config, seed and ranks cannot be changed; the other options can.
 *
 * @throws {@link DemoError} `bad-option`, or `bad-run` if the directory cannot be used for the run; RunError if it contains no run to
 *   continue.
 */
export function planRun(options: DemoOptions, command: string): RunPlan {
  checkDemoOptions(options)
  const { tune = 'off', initial = {} } = options
  const runDir = options.continue ? continuedFolder(options, command) : (options.dir ?? makeDemoFolder())
  if (!options.continue) refuseFile(runDir)
  const before = options.continue ? readRun(runDir) : null
  const recorded = configOf(before, runDir)
  const defaults = options.golden ? GOLDEN : DEFAULTS
  const config = kept('config', recorded?.config, options.config) ?? defaults.config
  const maxSteps = options.maxSteps ?? before?.max_steps ?? defaults.maxSteps
  return {
    runDir,
    config,
    seed: kept('seed', before?.seed ?? undefined, options.seed) ?? 0,
    maxSteps,
    ...paceOf(options, before, defaults.stepDelaySeconds),
    checkpointEvery: options.checkpointEvery ?? recorded?.checkpointEvery ?? null,
    newFrom: recorded === null ? newFromOf(config, maxSteps) : recorded.newFrom,
    golden: options.golden === true,
    ranks: kept('ranks', before === null ? undefined : (before.ranks ?? 1), options.ranks) ?? 1,
    autopilot: options.autopilot ?? null,
    tune,
    initial,
    isContinued: options.continue === true,
    before,
  }
}

function paceOf(
  { maxTimeSeconds, stepDelaySeconds }: DemoOptions,
  before: RunDocument | null,
  defaultDelay: number,
): Pick<RunPlan, 'maxTimeSeconds' | 'stepDelaySeconds'> {
  return {
    maxTimeSeconds: maxTimeSeconds ?? before?.max_time ?? Number.POSITIVE_INFINITY,
    stepDelaySeconds: stepDelaySeconds ?? before?.step_delay ?? defaultDelay,
  }
}

const DEFAULTS = { config: 'digits', maxSteps: DEFAULT_MAX_STEPS, stepDelaySeconds: 0 } as const
// The run is slow enough for people to follow.
const GOLDEN = { config: 'multitask', maxSteps: 800, stepDelaySeconds: 0.12 } as const

function newFromOf(config: DemoConfig, maxSteps: number): number | null {
  return config === 'finetune' ? Math.floor(maxSteps / 3) : null
}

function continuedFolder({ dir = lastRunFolder() }: DemoOptions, command: string): string {
  if (dir === undefined) {
    throw new DemoError(
      'bad-run',
      `there is no run to continue in \`runs/\`: start one with \`${command} demo\`, or name its directory`,
    )
  }
  refuseFile(dir)
  openRun(dir)
  return dir
}

/** Whether the run that is to be continued has nothing left to do. */
export function isFinished({ before, maxSteps }: RunPlan): boolean {
  if (before === null || !before.completed_at || before.stopped_early) return false
  return maxSteps <= (before.max_steps ?? 0)
}

/** Returns the run document as it is at the start; the end is added to it later. */
export function runDocument(plan: RunPlan, now: Date): RunDocument {
  const { before, runDir, maxTimeSeconds, stepDelaySeconds } = plan
  return {
    run_id: before?.run_id || basename(resolve(runDir)),
    config: formatConfig(plan),
    max_steps: plan.maxSteps,
    max_time: Number.isFinite(maxTimeSeconds) ? maxTimeSeconds : null,
    step_delay: stepDelaySeconds,
    seed: plan.seed,
    key_metric: KEY_METRIC,
    started_at: before?.started_at ?? now.toISOString(),
    run_dir: resolve(runDir),
    completed_at: null,
    stopped_early: null,
    final_metrics: null,
    weights_sha256: null,
    ...(plan.ranks > 1 && { ranks: plan.ranks }),
    ...(before?.parent && { parent: before.parent }),
  }
}

function readRun(runDir: string): RunDocument | null {
  const path = join(runDir, runFiles.run)
  const text = readDocument(path)?.text
  if (text === undefined || text.trim() === '') {
    if (!isTrained(runDir)) return null
    throw new DemoError('bad-run', `\`${path}\` is missing: without it the options of the run are unknown`)
  }
  const json = parseJson(text)
  const read = json.ok ? readRunDocument(json.value) : json
  if (!read.ok) throw new DemoError('bad-run', `\`${path}\`: ${read.reason}`)
  return read.value
}

function configOf(before: RunDocument | null, runDir: string): ConfigText | null {
  if (before === null) return null
  const config = readConfig(before.config)
  if (config !== null) return config
  throw new DemoError('bad-run', `\`${runDir}\` is not a run of this demo: its config is \`${before.config}\``)
}

function kept<Value>(name: string, recorded: Value | undefined, given: Value | undefined): Value | undefined {
  if (recorded !== undefined && given !== undefined && recorded !== given) {
    throw new DemoError('bad-run', `the run to continue has ${name} ${String(recorded)}, got ${String(given)}`)
  }
  return recorded ?? given
}
