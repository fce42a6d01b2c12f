import type { AutopilotOptions, Mode } from '@hotcb/autopilot'
import { type OptionKeys, optionProblem } from '@hotcb/protocol'
import { TUNE_MODES, type TuneMode } from '@hotcb/tune'
import { DEFAULT_BATCH_SIZE, type DigitsTrainerOptions } from '../digits/options.ts'
import { DemoError } from '../errors.ts'
import type { Screen } from './screen.ts'
import type { ServedRun } from './serving.ts'

/**
 * The training task: SGD at a constant rate (called `simple` in a launcher), SGD under a schedule (cosine with restarts every 500 steps),
 * or Adam; two tasks with one body; or the digits 0 to 4, and then 5 to 9. The name is written to `config` in the run document.
 */
export type DemoConfig = 'digits' | 'simple' | 'digits-cosine' | 'digits-adam' | 'multitask' | 'finetune'

/** Options of {@link runDemo}. */
export interface DemoOptions {
  /** The run directory. @defaultValue the first free `runs/demo-NNN`; with `continue`, the latest of them */
  readonly dir?: string
  /** @defaultValue 2000 */
  readonly maxSteps?: number
  /** The time limit in seconds from this start, for a run that does not reach `maxSteps` first. @defaultValue no limit */
  readonly maxTimeSeconds?: number
  /** Seconds to wait between a step and its safe point. @defaultValue 0 */
  readonly stepDelaySeconds?: number
  /** @defaultValue 0 */
  readonly seed?: number
  /**
   * Continues the run in `dir` from its latest checkpoint, or from step 0 if it has none. Omitted options keep their values from the run.
   */
  readonly continue?: boolean
  /** With `continue`: takes over the run from a process that is still training it. */
  readonly takeOver?: boolean
  /** The number of processes for data-parallel training. It must divide the batch of 32 images. @defaultValue 1 */
  readonly ranks?: number
  /**
   * The number of steps between checkpoints, in addition to the one at the end. Three are kept. @defaultValue only at the
   * end
   */
  readonly checkpointEvery?: number
  /**
   * Rules inside the trainer: their mode, and the metric by which they judge the run. The run does not record this option.
   *
   * @defaultValue none
   */
  readonly autopilot?: Pick<AutopilotOptions, 'keyMetric'> & { readonly mode: Mode }
  /** Prints only the run document, as one line of JSON, at the end. */
  readonly json?: boolean
  /** Shows the run in a browser while it trains. @defaultValue none */
  readonly serve?: (runDir: string) => Promise<ServedRun>
  /** Keeps showing it after the end, until interrupted. */
  readonly keep?: boolean
  /** @defaultValue 'digits' */
  readonly config?: DemoConfig
  /** Trains `multitask` with the changes in its recipe, sent as commands for their steps. @defaultValue false */
  readonly golden?: boolean
  /** The initial mode of the tuner in a new run. A continued run keeps its own mode. @defaultValue 'off' */
  readonly tune?: TuneMode
  /** Initial settings of the trainer. The run does not record them, because a checkpoint contains the values. */
  readonly initial?: InitialSettings
  /** The command that runs `hotcb`, as shown in the output. @defaultValue `npx hotcb` under npm, otherwise `hotcb` */
  readonly command?: string
  /** Where to print. @defaultValue standard output */
  readonly screen?: Screen
}

/** Settings of the trainer that a sweep varies. */
export type InitialSettings = Pick<DigitsTrainerOptions, 'lr' | 'weightDecay' | 'momentum' | 'clipNorm'>

const KEYS: OptionKeys<DemoOptions> = {
  dir: true,
  maxSteps: true,
  maxTimeSeconds: true,
  stepDelaySeconds: true,
  seed: true,
  continue: true,
  takeOver: true,
  ranks: true,
  checkpointEvery: true,
  autopilot: true,
  json: true,
  serve: true,
  keep: true,
  config: true,
  golden: true,
  tune: true,
  initial: true,
  command: true,
  screen: true,
}

/** Default number of steps. */
export const DEFAULT_MAX_STEPS = 2000

/** The names of all configs. */
export const CONFIGS: readonly DemoConfig[] = [
  'digits',
  'simple',
  'digits-cosine',
  'digits-adam',
  'multitask',
  'finetune',
]

/** Whether a text names a config. */
export function isDemoConfig(text: string): text is DemoConfig {
  return (CONFIGS as readonly string[]).includes(text)
}

/** @throws {@link DemoError} `bad-option` with the option, the value and what would be valid. */
export function checkDemoOptions(options: DemoOptions): void {
  const problem = optionProblem('runDemo', options, KEYS)
  if (problem !== null) throw new DemoError('bad-option', problem)
  const { maxSteps, maxTimeSeconds, stepDelaySeconds, seed, checkpointEvery, config, ranks, takeOver, tune } = options
  if (takeOver && !options.continue) throw new DemoError('bad-option', '`takeOver` needs `continue`')
  whole('maxSteps', maxSteps, 1)
  whole('seed', seed, 0)
  whole('checkpointEvery', checkpointEvery, 1)
  whole('ranks', ranks, 1)
  if (ranks !== undefined && DEFAULT_BATCH_SIZE % ranks !== 0)
    bad('ranks', `one of ${DIVISORS.join(', ')}, which divide the batch of ${DEFAULT_BATCH_SIZE} images`, ranks)
  if (maxTimeSeconds !== undefined && !(maxTimeSeconds > 0))
    bad('maxTimeSeconds', 'a number of seconds > 0', maxTimeSeconds)
  if (stepDelaySeconds !== undefined && !(stepDelaySeconds >= 0))
    bad('stepDelaySeconds', 'a number of seconds >= 0', stepDelaySeconds)
  oneOf({ tune }, TUNE_MODES)
  oneOf({ config }, CONFIGS)
  checkTogether(options)
}

function checkTogether({ golden, config, ranks, continue: isContinued }: DemoOptions): void {
  if (golden && config !== undefined && config !== 'multitask') bad('config', 'multitask with `golden`', config)
  if (golden && isContinued)
    throw new DemoError('bad-option', '`golden` is only valid for a new run: a continued run keeps its recipe')
  const isOfOneTask = config !== 'multitask' && config !== 'finetune' && !golden
  if (!isOfOneTask && (ranks ?? 1) > 1) bad('ranks', `1 for ${config ?? 'multitask'}`, ranks)
}

function oneOf(named: Readonly<Record<string, string | undefined>>, words: readonly string[]): void {
  for (const [name, value] of Object.entries(named)) {
    if (value !== undefined && !words.includes(value)) bad(name, words.join(', '), value)
  }
}

const DIVISORS = Array.from({ length: DEFAULT_BATCH_SIZE }, (_, at) => at + 1).filter(
  (ranks) => DEFAULT_BATCH_SIZE % ranks === 0,
)

function whole(name: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return
  bad(name, `a whole number >= ${least}`, value)
}

function bad(name: string, right: string, value: unknown): never {
  throw new DemoError('bad-option', `\`${name}\` must be ${right}, got ${String(value)}`)
}
