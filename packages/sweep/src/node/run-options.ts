import type { SweepConfig } from '../config/config.ts'
import { resourceProblem } from '../config/read-resources.ts'
import { SweepError } from './sweep-error.ts'
import { type LoadedConfig, withExecutor, withMaxConcurrent, withResources } from './workspace.ts'

/** Options for `run`. */
export interface RunOptions {
  readonly dryRun?: boolean
  /** Runs exactly these trials, such as `0-3,5`. */
  readonly indices?: string
  /** `NAME=VALUE` filters. */
  readonly pins?: readonly string[]
  /** Reruns submitted and completed trials, and allows them to be dropped from the plan. */
  readonly force?: boolean
  /** Runs trials on this executor instead of the config's. */
  readonly executor?: SweepConfig['executor']
  /** The number of concurrent trials, which replaces the config's. */
  readonly maxConcurrent?: number
  /** The memory and time limit of each scheduler task, which replace the config's. */
  readonly mem?: string
  readonly time?: string
  /**
   * The unique name of a program's decision. If the journal already contains this name, nothing is carried out.
   */
  readonly act?: string
  /** Moves the results of earlier attempts aside, so that a trainer that resumes from its directory starts from the beginning. */
  readonly fresh?: boolean
  /** Runs only these stages. Until the next `run`, drivers do not plan trials of other stages either. */
  readonly stages?: readonly string[]
}

/** Returns the config with the command-line options applied. @throws SweepError `refused` for impossible options. */
export function withOptions(loaded: LoadedConfig, options: RunOptions): LoadedConfig {
  const { executor, maxConcurrent, mem = null, time = null } = options
  if (maxConcurrent !== undefined && !(Number.isSafeInteger(maxConcurrent) && maxConcurrent >= 1)) {
    throw new SweepError('refused', `\`--max-concurrent ${maxConcurrent}\`: must be a whole number of at least 1`)
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
          ? 'use `local: {mem_per_task}` to limit how many trials run at a time'
          : 'trials on this machine have no time limit'
      throw new SweepError('refused', `\`--${name}\` applies only to SLURM and Grid Engine; ${instead}`)
    }
    const problem = resourceProblem(name, text)
    if (problem !== null) throw new SweepError('refused', `\`--${name} ${text}\` ${problem}`)
  }
}
