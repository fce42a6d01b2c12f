import type { SweepConfig } from '../config/config.ts'
import { resourceProblem } from '../config/read-resources.ts'
import { SweepError } from './sweep-error.ts'
import { type LoadedConfig, withExecutor, withMaxConcurrent, withResources } from './workspace.ts'

/** The options of `run`. */
export interface RunOptions {
  readonly dryRun?: boolean
  /** `0-3,5`: exactly these. */
  readonly indices?: string
  /** `NAME=VALUE` words. */
  readonly pins?: readonly string[]
  /** Runs submitted and completed trials again, and lets them be dropped from the plan. */
  readonly force?: boolean
  /** Runs trials there, and ignores the executor of the config. */
  readonly executor?: SweepConfig['executor']
  /** The number of concurrent trials, instead of the config's. */
  readonly maxConcurrent?: number
  /** Memory and time of each task of a scheduler, instead of the config's. */
  readonly mem?: string
  readonly time?: string
  /** Names what a program decided. What the journal has under this name is not done a second time. */
  readonly act?: string
  /** Moves the results of earlier attempts aside: a trainer that resumes from its directory starts from the beginning. */
  readonly fresh?: boolean
  /** Only these stages; the drivers plan nothing of others either, until the next `run`. */
  readonly stages?: readonly string[]
}

/** The config with the options of the command line. @throws SweepError `refused` for impossible options. */
export function withOptions(loaded: LoadedConfig, options: RunOptions): LoadedConfig {
  const { executor, maxConcurrent, mem = null, time = null } = options
  if (maxConcurrent !== undefined && !(Number.isSafeInteger(maxConcurrent) && maxConcurrent >= 1)) {
    throw new SweepError('refused', `\`--max-concurrent ${maxConcurrent}\`: write a whole number of at least 1`)
  }
  const config = withExecutor(loaded.config, executor ?? loaded.config.executor)
  checkStages(config, options)
  checkResources(config.executor, { mem, time })
  return { ...loaded, config: withResources(withMaxConcurrent(config, maxConcurrent ?? null), { mem, time }) }
}

function checkStages({ stages }: SweepConfig, { stages: asked = [] }: RunOptions): void {
  const known = stages.map(({ name }) => name)
  const unknown = asked.find((name) => !known.includes(name))
  if (unknown === undefined) return
  const hint = known.length === 0 ? 'the config has no `stages`' : `choose from ${known.join(', ')}`
  throw new SweepError('refused', `\`--stage ${unknown}\`: no such stage; ${hint}`)
}

export function checkResources(
  executor: SweepConfig['executor'],
  given: { readonly mem: string | null; readonly time: string | null },
): void {
  for (const name of ['mem', 'time'] as const) {
    const text = given[name]
    if (text === null) continue
    if (executor === 'local') {
      const instead =
        name === 'mem'
          ? '`local: {mem_per_task}` limits how many run at a time'
          : 'a trial on this machine has no time limit'
      throw new SweepError('refused', `\`--${name}\` is for SLURM and Grid Engine; ${instead}`)
    }
    const problem = resourceProblem(name, text)
    if (problem !== null) throw new SweepError('refused', `\`--${name} ${text}\` ${problem}`)
  }
}
