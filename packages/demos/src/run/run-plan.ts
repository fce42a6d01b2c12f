import { basename, join, resolve } from 'node:path'
import { readDocument } from '@hotcb/journal'
import { parseJson, type RunDocument, readRunDocument, runFiles } from '@hotcb/protocol'
import { DemoError } from '../errors.ts'
import { checkDemoOptions, DEFAULT_MAX_STEPS, type DemoConfig, type DemoOptions, isDemoConfig } from './demo-options.ts'
import { lastRunFolder, makeRunFolder, refuseFile, refuseUsedFolder } from './run-folder.ts'

/** A run as it will be, with nothing left open. */
export interface RunPlan {
  readonly runDir: string
  readonly config: DemoConfig
  readonly seed: number
  readonly maxSteps: number
  /** Seconds; infinite where there is no limit. */
  readonly maxTime: number
  /** Seconds. */
  readonly stepDelay: number
  readonly checkpointEvery: number | null
  /** Processes that train together; 1: this one alone. */
  readonly ranks: number
  /** Whether to go on from the last checkpoint. */
  readonly isContinued: boolean
  /** The document of the run that is continued. */
  readonly before: RunDocument | null
}

/**
 * What the options mean. A run that is continued keeps its config and seed, and its `maxSteps` unless another is given.
 *
 * @throws {@link DemoError} `bad-option`, or `bad-run` when the directory cannot be used so.
 */
export function planRun(options: DemoOptions, command: string): RunPlan {
  checkDemoOptions(options)
  const runDir = options.dir ?? (options.continue ? lastRunFolder() : undefined) ?? makeRunFolder()
  refuseFile(runDir)
  if (!options.continue) refuseUsedFolder(runDir, command)
  const before = options.continue ? readRun(runDir) : null
  return {
    runDir,
    config: kept('config', configOf(before, runDir), options.config) ?? 'digits',
    seed: kept('seed', before?.seed ?? undefined, options.seed) ?? 0,
    maxSteps: options.maxSteps ?? before?.max_steps ?? DEFAULT_MAX_STEPS,
    maxTime: options.maxTime ?? Number.POSITIVE_INFINITY,
    stepDelay: options.stepDelay ?? 0,
    checkpointEvery: options.checkpointEvery ?? null,
    ranks: kept('ranks', before === null ? undefined : (before.ranks ?? 1), options.ranks) ?? 1,
    isContinued: options.continue === true,
    before,
  }
}

/** Whether the run that is to be continued has nothing left to do. */
export function isFinished({ before, maxSteps }: RunPlan): boolean {
  if (before === null || !before.completed_at || before.stopped_early) return false
  return maxSteps <= (before.max_steps ?? 0)
}

/** The run document at the start; the end is added to it. */
export function runDocument(plan: RunPlan, now: Date): RunDocument {
  const { before, runDir, maxTime, stepDelay } = plan
  return {
    run_id: before?.run_id || basename(resolve(runDir)),
    config: plan.config,
    max_steps: plan.maxSteps,
    max_time: Number.isFinite(maxTime) ? maxTime : null,
    step_delay: stepDelay,
    seed: plan.seed,
    key_metric: 'val_loss',
    started_at: before?.started_at ?? now.toISOString(),
    run_dir: resolve(runDir),
    completed_at: null,
    stopped_early: null,
    final_metrics: null,
    weights_sha256: null,
    ...(plan.ranks > 1 && { ranks: plan.ranks }),
  }
}

function readRun(runDir: string): RunDocument | null {
  const text = readDocument(join(runDir, runFiles.run))?.text
  if (text === undefined || text.trim() === '') return null
  const json = parseJson(text)
  const read = json.ok ? readRunDocument(json.value) : json
  if (!read.ok) throw new DemoError('bad-run', `\`${join(runDir, runFiles.run)}\`: ${read.reason}`)
  return read.value
}

function configOf(before: RunDocument | null, runDir: string): DemoConfig | undefined {
  if (before === null) return undefined
  if (isDemoConfig(before.config)) return before.config
  throw new DemoError('bad-run', `\`${runDir}\` is no run of this demo: its config is \`${before.config}\``)
}

function kept<Value>(name: string, recorded: Value | undefined, given: Value | undefined): Value | undefined {
  if (recorded !== undefined && given !== undefined && recorded !== given) {
    throw new DemoError('bad-run', `the run to continue has ${name} ${String(recorded)}, got ${String(given)}`)
  }
  return recorded ?? given
}
