import { splitPairs } from '@hotcb/commands'
import type { LaunchOptions, LaunchTuneMode } from '@hotcb/launch'
import type { CliContext } from '../../context.ts'
import { readAutopilotMode } from '../autopilot/options.ts'

/** The flags of `hotcb launch`. */
export interface LaunchFlags {
  readonly _: readonly string[]
  readonly config?: string | undefined
  readonly 'train-fn'?: string | undefined
  readonly 'run-dir'?: string | undefined
  readonly resume?: string | undefined
  readonly 'from-checkpoint'?: string | undefined
  readonly set?: string | undefined
  readonly 'max-steps'?: string | undefined
  readonly 'max-time'?: string | undefined
  readonly 'step-delay'?: string | undefined
  readonly seed?: string | undefined
  readonly allow?: string | undefined
  readonly autopilot?: string | undefined
  readonly 'key-metric'?: string | undefined
  readonly rules?: string | undefined
  readonly tune?: string | undefined
  readonly notify?: string | undefined
  readonly serve: boolean
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly 'ai-model'?: string | undefined
  readonly 'ai-base-url'?: string | undefined
  readonly 'ai-budget'?: string | undefined
  readonly 'ai-cadence'?: string | undefined
  readonly 'learn-from'?: string | undefined
  readonly 'config-file'?: string | undefined
}

/**
 * Converts the flags to options. A flag that was not given is left out, so that a file can set it.
 *
 * @throws CommandError `usage` for an unknown mode.
 */
export function optionsOf(flags: LaunchFlags, context: CliContext): LaunchOptions {
  const numberOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text))
  const options: LaunchOptions = {
    command: flags._.length === 0 ? undefined : flags._,
    config: flags.config,
    trainFn: flags['train-fn'],
    runDir: flags['run-dir'] ?? givenDir(flags, context),
    resume: flags.resume,
    fromCheckpoint: flags['from-checkpoint'],
    set: flags.set === undefined ? undefined : splitPairs(flags.set),
    maxSteps: numberOf(flags['max-steps']),
    maxTimeSeconds: numberOf(flags['max-time']),
    stepDelaySeconds: numberOf(flags['step-delay']),
    seed: numberOf(flags.seed),
    autopilot: flags.autopilot === undefined ? undefined : readAutopilotMode(flags.autopilot),
    keyMetric: flags['key-metric'],
    rules: flags.rules?.split(','),
    // The flag accepts only these words.
    tune: flags.tune as LaunchTuneMode | undefined,
    notify: flags.notify,
    // With `--json`, a program started the command, and no one would open the dashboard.
    serve: flags.serve && !context.json ? undefined : false,
    host: flags.host,
    port: numberOf(flags.port),
    aiModel: flags['ai-model'],
    aiBaseUrl: flags['ai-base-url'],
    aiBudget: numberOf(flags['ai-budget']),
    aiCadence: numberOf(flags['ai-cadence']),
    learnFrom: flags['learn-from'],
  }
  return options
}

// A resumed run already has a directory.
function givenDir({ resume }: LaunchFlags, { dir, dirGiven }: CliContext): string | undefined {
  return dirGiven && resume === undefined ? dir : undefined
}
