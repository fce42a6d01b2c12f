import { type AutopilotMode, type KeyMetric, readKeyMetricText } from '@hotcb/autopilot'
import { type OptionKeys, optionProblem } from '@hotcb/protocol'
import { type FieldKind, fieldProblem } from './field-kinds.ts'
import { LaunchError } from './launch-error.ts'

/** The options of a launch: what to train, and what else to start. All options are optional. */
export interface LaunchOptions {
  /** A built-in example. @defaultValue 'multitask' */
  readonly config?: string | undefined
  /** Your JavaScript, TypeScript or Python function, as `module:function`. Replaces `config`. */
  readonly trainFn?: string | undefined
  /** Any program and its arguments. Replaces `config`. */
  readonly command?: readonly string[] | undefined
  /** The run directory. It must not contain a run. @defaultValue the first free `runs/<name>-NNN` */
  readonly runDir?: string | undefined
  /**
   * A launched run. If it is training, the launch attaches to it; otherwise it continues the run. Options that are not given keep that
   * run's values.
   */
  readonly resume?: string | undefined
  /**
   * A checkpoint of a launched run, `RUN` or `RUN:TAG`; without a tag, the latest one. The new run starts there, with that run's training
   * and seed, and with its other options unless they are given. Replaces `config`.
   */
  readonly fromCheckpoint?: string | undefined
  /**
   * Changes to a run that starts from a checkpoint, in the syntax of `hotcb set`: `lr=0.01`, `lr=x0.5`. They are sent
   * before the run starts, so that its first safe point applies them.
   */
  readonly set?: readonly string[] | undefined
  /** @defaultValue a random seed, which is written to the run document */
  readonly seed?: number | undefined
  /** The number of steps. Default: the training's own default. */
  readonly maxSteps?: number | undefined
  /** The time limit in seconds from the first step of this start. @defaultValue no limit */
  readonly maxTimeSeconds?: number | undefined
  /** The delay after each step, in seconds. Default: the training's own default. */
  readonly stepDelaySeconds?: number | undefined
  /** Whether to start the dashboard. @defaultValue true */
  readonly serve?: boolean | undefined
  /** @defaultValue '127.0.0.1' */
  readonly host?: string | undefined
  /** @defaultValue 8421, or the next free port */
  readonly port?: number | undefined
  /** The mode of the autopilot, which uses rules or a language model. @defaultValue 'off' */
  readonly autopilot?: AutopilotMode | undefined
  /**
   * The metric by which the run is judged. Write `name:min` or `name:max` if the name does not imply which direction is
   * better.
   */
  readonly keyMetric?: string | undefined
  /** Rules files. Default: those in the run's config, or else the built-in rules. */
  readonly rules?: readonly string[] | undefined
  /** Sends `tune enable` with this mode; the training must have a tuner. */
  readonly tune?: LaunchTuneMode | undefined
  /** A notification config file, which is copied to the run directory. */
  readonly notify?: string | undefined
  /** The model for the AI modes. Default: the one in the run's config, or else `gpt-4o-mini`. */
  readonly aiModel?: string | undefined
  /** The endpoint for the AI modes. Default: the one in the run's config, or else OpenAI's. */
  readonly aiBaseUrl?: string | undefined
  /** The amount in US dollars that the AI modes may spend on this run. Default: the one in the run's config, or else 5. */
  readonly aiBudget?: number | undefined
  /** The number of steps between two calls to the model. Default: the one in the run's config, or else 50. */
  readonly aiCadence?: number | undefined
  /** A run whose lessons are shown to the new run's model. */
  readonly learnFrom?: string | undefined
  /** How many seconds a training run has to stop after `stop`. @defaultValue 30 */
  readonly stopSeconds?: number | undefined
  /** How many seconds it then has to stop after SIGTERM, before SIGKILL. @defaultValue 10 */
  readonly killSeconds?: number | undefined
}

export type LaunchTuneMode = 'off' | 'observe' | 'suggest' | 'active'

const KEYS: OptionKeys<LaunchOptions> = {
  config: true,
  trainFn: true,
  command: true,
  runDir: true,
  resume: true,
  fromCheckpoint: true,
  set: true,
  seed: true,
  maxSteps: true,
  maxTimeSeconds: true,
  stepDelaySeconds: true,
  serve: true,
  host: true,
  port: true,
  autopilot: true,
  keyMetric: true,
  rules: true,
  tune: true,
  notify: true,
  aiModel: true,
  aiBaseUrl: true,
  aiBudget: true,
  aiCadence: true,
  learnFrom: true,
  stopSeconds: true,
  killSeconds: true,
}

/** The options that a config file may contain, and the kinds of their values. */
type FileKey = Exclude<keyof LaunchOptions, 'resume' | 'fromCheckpoint' | 'set'>

const KINDS: Readonly<Record<FileKey, FieldKind>> = {
  config: 'name',
  trainFn: 'name',
  command: 'words',
  runDir: 'name',
  seed: 'whole',
  maxSteps: 'count',
  maxTimeSeconds: 'positive',
  stepDelaySeconds: 'pause',
  serve: 'flag',
  host: 'name',
  port: 'port',
  autopilot: 'mode',
  keyMetric: 'name',
  rules: 'words',
  tune: 'tune-mode',
  notify: 'name',
  aiModel: 'name',
  aiBaseUrl: 'name',
  aiBudget: 'pause',
  aiCadence: 'count',
  learnFrom: 'name',
  stopSeconds: 'positive',
  killSeconds: 'positive',
}

/** An option that a config file may contain: its key in the code, its name in the file, and the kind of its value. */
export interface Field {
  readonly key: FileKey
  readonly name: string
  readonly kind: FieldKind
}

/**
 * All options that config files may contain. `maxSteps` is `max_steps` in a file. `max_time` and `step_delay` are hotcb 2's names, without
 * a unit.
 */
export const FIELDS: readonly Field[] = Object.entries(KINDS).map(([key, kind]) => ({
  // The cast is safe, because KINDS has exactly these keys.
  key: key as FileKey,
  name: key.replace(/(?<=^maxTime|^stepDelay)Seconds$/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  kind,
}))

/** @throws {@link LaunchError} `bad-option` with the option, the value and what would be right. */
export function checkLaunchOptions(options: LaunchOptions): void {
  const problem = optionProblem('launch', options, KEYS)
  if (problem !== null) throw new LaunchError('bad-option', problem)
  for (const { key, kind } of FIELDS) requireFit(key, kind, options[key])
  for (const key of ['resume', 'fromCheckpoint'] as const) requireFit(key, 'name', options[key])
  requireFit('set', 'words', options.set)
  if (options.set !== undefined && options.fromCheckpoint === undefined) {
    throw new LaunchError('bad-option', '`set` changes a run that starts from a checkpoint: pass `fromCheckpoint` too')
  }
  if (options.resume === undefined || options.fromCheckpoint === undefined) return
  throw new LaunchError(
    'bad-option',
    '`resume` continues a run, whereas `fromCheckpoint` starts a new one: pass only one of them',
  )
}

function requireFit(name: string, kind: FieldKind, value: unknown): void {
  const wrong = value === undefined ? null : fieldProblem(name, kind, value)
  if (wrong !== null) throw new LaunchError('bad-option', wrong)
}

/** @throws {@link LaunchError} `bad-option` for a name that does not imply whether lower or higher is better. */
export function readKeyMetric(text: string): KeyMetric {
  const metric = readKeyMetricText(text)
  if (metric !== undefined) return metric
  throw new LaunchError(
    'bad-option',
    `the name \`${text}\` does not show whether lower or higher is better: write \`${text}:min\` or \`${text}:max\``,
  )
}
