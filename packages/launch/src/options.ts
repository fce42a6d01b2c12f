import { type AutopilotMode, type KeyMetric, readKeyMetricText } from '@hotcb/autopilot'
import { type OptionKeys, optionProblem } from '@hotcb/protocol'
import { type FieldKind, fieldProblem } from './field-kinds.ts'
import { LaunchError } from './launch-error.ts'

/** What to train, and what else to start. Every option can be left out. */
export interface LaunchOptions {
  /** A built-in example. @defaultValue 'multitask' */
  readonly config?: string | undefined
  /** Your function: `module:function`, in JavaScript, TypeScript or Python. Instead of `config`. */
  readonly trainFn?: string | undefined
  /** Any program and its arguments. Instead of `config`. */
  readonly command?: readonly string[] | undefined
  /** The run directory; must not contain a run. @defaultValue the first free `runs/<name>-NNN` */
  readonly runDir?: string | undefined
  /** A launched run: attaches to it while it trains, otherwise continues it. Options that are not given are its own. */
  readonly resume?: string | undefined
  /**
   * A checkpoint of a launched run, `RUN` or `RUN:TAG`; without a tag the newest. The new run begins there, with the training and the
   * seed of that run, and with its other options where none are given. Instead of `config`.
   */
  readonly fromCheckpoint?: string | undefined
  /**
   * Changes of a run that begins from a checkpoint, as `hotcb set` reads them: `lr=0.01`, `lr=x0.5`. They are sent before the run
   * starts, so its first safe point applies them.
   */
  readonly set?: readonly string[] | undefined
  /** @defaultValue drawn, and written to the run document */
  readonly seed?: number | undefined
  /** Default: that of the training. */
  readonly maxSteps?: number | undefined
  /** Seconds from the first step of this start. @defaultValue no limit */
  readonly maxTimeSeconds?: number | undefined
  /** Seconds of rest after each step. Default: that of the training. */
  readonly stepDelaySeconds?: number | undefined
  /** Whether to start the dashboard. @defaultValue true */
  readonly serve?: boolean | undefined
  /** @defaultValue '127.0.0.1' */
  readonly host?: string | undefined
  /** @defaultValue 8421, or the next that is free */
  readonly port?: number | undefined
  /** The mode of the rules or of a language model. @defaultValue 'off' */
  readonly autopilot?: AutopilotMode | undefined
  /** The metric by which the run is judged; `name:min` or `name:max` if its name does not say which is better. */
  readonly keyMetric?: string | undefined
  /** Files of rules. Default: those of the run's config, otherwise the built-in rules. */
  readonly rules?: readonly string[] | undefined
  /** Sends `tune enable` with this mode; the training must have a tuner. */
  readonly tune?: LaunchTuneMode | undefined
  /** A file of notifications, copied to the run directory. */
  readonly notify?: string | undefined
  /** Model of the AI modes. Default: that of the run's config, otherwise `gpt-4o-mini`. */
  readonly aiModel?: string | undefined
  /** Address of the endpoint of the AI modes. Default: that of the run's config, otherwise OpenAI's. */
  readonly aiBaseUrl?: string | undefined
  /** US dollars that the AI modes may spend on this run. Default: that of the run's config, otherwise 5. */
  readonly aiBudget?: number | undefined
  /** Steps between two questions to the model. Default: that of the run's config, otherwise 50. */
  readonly aiCadence?: number | undefined
  /** A run whose lessons the model of the new run is shown. */
  readonly learnFrom?: string | undefined
  /** Seconds that a training run has to end after `stop`. @defaultValue 30 */
  readonly stopSeconds?: number | undefined
  /** Seconds that it then has to end after SIGTERM, before SIGKILL. @defaultValue 10 */
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

/** The options that a file may contain, and their kinds of values. */
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

/** An option that a file may contain: its key here, its name there, and its kind of value. */
export interface Field {
  readonly key: FileKey
  readonly name: string
  readonly kind: FieldKind
}

/** All of them; `maxSteps` is `max_steps` in a file. `max_time` and `step_delay` are hotcb 2's names, without their unit. */
export const FIELDS: readonly Field[] = Object.entries(KINDS).map(([key, kind]) => ({
  // The keys of a record that has these keys.
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
    throw new LaunchError('bad-option', '`set` changes a run that begins from a checkpoint: pass `fromCheckpoint` too')
  }
  if (options.resume === undefined || options.fromCheckpoint === undefined) return
  throw new LaunchError(
    'bad-option',
    '`resume` continues a run, and `fromCheckpoint` begins a new one: pass only one of them',
  )
}

function requireFit(name: string, kind: FieldKind, value: unknown): void {
  const wrong = value === undefined ? null : fieldProblem(name, kind, value)
  if (wrong !== null) throw new LaunchError('bad-option', wrong)
}

/** @throws {@link LaunchError} `bad-option` for a name that does not say whether lower or higher is better. */
export function readKeyMetric(text: string): KeyMetric {
  const metric = readKeyMetricText(text)
  if (metric !== undefined) return metric
  throw new LaunchError(
    'bad-option',
    `the name \`${text}\` does not show whether lower or higher is better: write \`${text}:min\` or \`${text}:max\``,
  )
}
