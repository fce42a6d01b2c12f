import type { AutopilotMode, KeyMetric } from '@hotcb/autopilot'
import { didYouMean } from '@hotcb/protocol'
import { LaunchError } from './launch-error.ts'
import { checkLaunchOptions, type LaunchOptions, readKeyMetric } from './options.ts'

/** A training program with its defaults. It reads `HOTCB_RUN_DIR` and related variables from its environment. */
export interface Training {
  /** One sentence for people. */
  readonly description: string
  /** The program and its arguments. */
  readonly argv: readonly string[]
  readonly maxSteps: number
  /** The default delay after each step, in seconds. */
  readonly stepDelaySeconds: number
  readonly keyMetric: string | null
  /** Whether it writes `hotcb.run.json` itself; otherwise the launcher does. */
  readonly writesRun: boolean
}

/** Training runs by name. */
export type Trainings = Readonly<Record<string, Training>>

/** The training: a built-in example, a function, or any program. */
export type TrainingTarget =
  | { readonly kind: 'config'; readonly name: string; readonly training: Training }
  | { readonly kind: 'train-fn'; readonly module: string; readonly fn: string }
  | { readonly kind: 'command'; readonly argv: readonly string[] }

/** A launch in which only the run directory and the seed are still undecided. */
export interface LaunchPlan {
  readonly trained: TrainingTarget
  /** The start of the name of a new run directory, and `config` of the run document. */
  readonly name: string
  /** The number of steps; null if the program decides. */
  readonly maxSteps: number | null
  /** The time limit in seconds; null for none. */
  readonly maxTimeSeconds: number | null
  /** The delay after each step, in seconds; null if the program decides. */
  readonly stepDelaySeconds: number | null
  readonly autopilot: AutopilotMode
  /** The key metric; null for the run's own key metric, or none. */
  readonly keyMetric: KeyMetric | null
  readonly stopSeconds: number
  readonly killSeconds: number
  /** Whether the launcher writes `hotcb.run.json`. */
  readonly writesRun: boolean
  /** All options, from the flags and the file. */
  readonly options: LaunchOptions
}

/** The training run that is started by default. */
export const DEFAULT_TRAINING = 'multitask'
const FN_DEFAULTS = { maxSteps: 1000, stepDelaySeconds: 0.1 }
const STOP_SECONDS = 30
const KILL_SECONDS = 10

/**
 * Merges options. A given option takes precedence over the file, even if it equals the default.
 *
 * @throws {@link LaunchError} `bad-option`
 */
export function joinOptions(given: LaunchOptions, file: LaunchOptions): LaunchOptions {
  checkLaunchOptions(given)
  const isTrainingGiven = TRAINED.some((key) => given[key] !== undefined)
  const below = isTrainingGiven ? { ...file, config: undefined, trainFn: undefined, command: undefined } : file
  const named = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...below, ...Object.fromEntries(named) }
}

const TRAINED = ['config', 'trainFn', 'command'] as const

/**
 * Creates the plan of a launch from its options.
 *
 * @throws {@link LaunchError} `bad-option` for an unknown training run, or if two are given.
 */
export function planLaunch(options: LaunchOptions, trainings: Trainings): LaunchPlan {
  checkLaunchOptions(options)
  const trained = trainedBy(options, trainings)
  const {
    autopilot = 'off',
    keyMetric,
    maxTimeSeconds,
    stopSeconds = STOP_SECONDS,
    killSeconds = KILL_SECONDS,
  } = options
  const defaults = defaultsOf(trained)
  const metric = keyMetric ?? defaults.keyMetric
  return {
    trained,
    name: nameOf(trained),
    maxSteps: options.maxSteps ?? defaults.maxSteps,
    maxTimeSeconds: maxTimeSeconds ?? null,
    stepDelaySeconds: options.stepDelaySeconds ?? defaults.stepDelaySeconds,
    autopilot,
    keyMetric: metric === null ? null : readKeyMetric(metric),
    stopSeconds,
    killSeconds,
    writesRun: trained.kind !== 'config' || !trained.training.writesRun,
    options,
  }
}

function trainedBy(options: LaunchOptions, trainings: Trainings): TrainingTarget {
  const { config, trainFn, command } = options
  const given = TRAINED.filter((key) => options[key] !== undefined)
  if (given.length > 1) {
    const names = given.map((key) => WORDS[key]).join(' and ')
    throw new LaunchError('bad-option', `${names} both select a training program: pass only one of them`)
  }
  if (command !== undefined) return { kind: 'command', argv: command }
  if (trainFn !== undefined) return trainFnOf(trainFn)
  const name = config ?? DEFAULT_TRAINING
  const training = Object.hasOwn(trainings, name) ? trainings[name] : undefined
  if (training !== undefined) return { kind: 'config', name, training }
  const known = Object.keys(trainings)
  throw new LaunchError(
    'bad-option',
    `no training run is called \`${name}\`: ${didYouMean(name, known, `choose from ${known.join(', ')}`)}`,
  )
}

const WORDS = { config: '`--config`', trainFn: '`--train-fn`', command: 'a command' } as const

// Splits at the last colon, because a path may contain others.
function trainFnOf(text: string): TrainingTarget {
  const at = text.lastIndexOf(':')
  const [module, fn] = [text.slice(0, at), text.slice(at + 1)]
  if (at > 0 && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(fn)) return { kind: 'train-fn', module, fn }
  throw new LaunchError('bad-option', `\`--train-fn\` must be MODULE:FUNCTION, such as my_module:train, got "${text}"`)
}

type Defaults = Pick<LaunchPlan, 'maxSteps' | 'stepDelaySeconds'> & { readonly keyMetric: string | null }

function defaultsOf(trained: TrainingTarget): Defaults {
  if (trained.kind === 'config') return trained.training
  if (trained.kind === 'train-fn') return { ...FN_DEFAULTS, keyMetric: null }
  return { maxSteps: null, stepDelaySeconds: null, keyMetric: null }
}

// Returns the start of a directory name. If a module is a path, its last part is used.
function nameOf(trained: TrainingTarget): string {
  if (trained.kind === 'config') return trained.name
  if (trained.kind === 'command') return 'command'
  const last = trained.module.split(/[\\/]/).at(-1) ?? ''
  return (
    last
      .replace(/\.[cm]?[jt]s$|\.py$/, '')
      .replace(/[^\w.-]+/g, '-')
      .replace(/^[.-]+/, '') || 'train'
  )
}
