import type { Program } from '@hotcb/expr'
import type { Value } from '../value.ts'

export const EXECUTORS = ['local', 'slurm', 'gridengine'] as const
export type ExecutorName = (typeof EXECUTORS)[number]

/** A sweep as its YAML describes it, with defaults filled in. */
export interface SweepConfig {
  readonly name: string
  /** All combinations, those of some parameters, or one parameter at a time. */
  readonly grid: GridMode
  /** As written; relative to the workspace. */
  readonly launcher: string
  readonly executor: ExecutorName
  readonly slurm: SlurmOptions | null
  readonly gridEngine: GridEngineOptions | null
  readonly local: LocalOptions
  readonly staticOverrides: readonly string[]
  readonly parameters: readonly Parameter[]
  readonly conditions: readonly Condition[]
  readonly seeds: Seeds | null
  readonly objective: Objective | null
  readonly search: Search | null
  readonly halving: Halving | null
  readonly population: Population | null
  /** Seconds from a request to stop until the process is ended; 0: never. */
  readonly pruneGraceSeconds: number
  readonly retries: Retries
  readonly budget: Budget | null
  /** The stages, each after the one that it follows; empty for a sweep of one stage without a name. */
  readonly stages: readonly Stage[]
}

/** A part of a sweep with its own parameters. Its trials may continue trials of an earlier stage: their parents. */
export interface Stage {
  readonly name: string
  /** The stage of the parents; null if its trials have none. */
  readonly after: string | null
  readonly take: Take
  /** Whether its trials get the parameters of their parents too. */
  readonly inherits: boolean
  /** Whether its trials are submitted with those of the earlier stage, and SLURM starts them after these. */
  readonly isNative: boolean
  /** The config of its trials: the top level, with the fields of the stage instead. It has no stages. */
  readonly config: SweepConfig
}

/** Which trials become parents: the completed ones once all have ended, each as soon as it has completed, or the best. */
export type Take =
  | { readonly kind: 'all' }
  | { readonly kind: 'each' }
  | { readonly kind: 'best'; readonly count: number }

export type GridMode =
  | { readonly kind: 'all' }
  | { readonly kind: 'some'; readonly names: readonly string[] }
  | { readonly kind: 'one-at-a-time' }

/** How SLURM runs the trials. */
export interface SlurmOptions {
  readonly partition: string
  readonly time: string
  readonly mem: string
  readonly cpusPerTask: number
  readonly gres: string | null
  readonly account: string | null
  readonly qos: string | null
  readonly constraint: string | null
  readonly exclude: string | null
  readonly maxConcurrent: number | null
  /** Whether SLURM may start a task again after a preemption or the failure of a node; null: as the cluster is configured. */
  readonly requeue: boolean | null
  /** Seconds before the time limit at which the trial receives a request to save and end; null for no request. */
  readonly signalBefore: number | null
  /** What happens at the limit: the trial fails with `timeout`, or its task is queued again. */
  readonly onLimit: 'stop' | 'requeue'
  /** Seconds for which the accounting may lag behind the queue. */
  readonly lagSeconds: number
  /** Tasks of this sweep in the queue at a time; null: no limit. */
  readonly maxQueued: number | null
  /** A login node on which the programs of SLURM are run by ssh; it sees the workspace under the same path. Null: here. */
  readonly ssh: string | null
  readonly extraArgs: readonly string[]
}

/** How Grid Engine runs the trials. Null: nothing is requested, and the site's default applies. */
export interface GridEngineOptions {
  readonly queue: string | null
  /** `h_rt` of each task. */
  readonly time: string | null
  /** `h_vmem`, for each slot. */
  readonly mem: string | null
  readonly cpusPerTask: number
  /** The resource `gpu`. */
  readonly gpusPerTask: number
  /** The parallel environment that gives a task more than one slot. */
  readonly parallelEnvironment: string | null
  readonly project: string | null
  readonly maxConcurrent: number | null
  /** Seconds for which the accounting may lag behind the queue. */
  readonly lagSeconds: number
  /** Tasks of this sweep in the queue at a time; null: no limit. */
  readonly maxQueued: number | null
  readonly extraArgs: readonly string[]
}

/** Resources that a condition sets for its trials. */
export type SlurmResources = Partial<
  Pick<
    SlurmOptions,
    'partition' | 'time' | 'mem' | 'cpusPerTask' | 'gres' | 'account' | 'qos' | 'constraint' | 'exclude'
  >
>

/** How this machine runs the trials. */
export interface LocalOptions {
  /** Trials at a time; null: as many as CPUs, memory and GPUs allow. */
  readonly maxConcurrent: number | null
  readonly cpusPerTask: number
  /** A fraction lets trials share a GPU. */
  readonly gpusPerTask: number
  /** Bytes; null: memory is not limited. */
  readonly memPerTask: number | null
  readonly gpus: 'auto' | readonly string[]
  /** Seconds between TERM and KILL. */
  readonly killWait: number
}

/** One parameter. `numbers` are those that a grid tries. */
export type Parameter = ParameterCommon &
  (
    | {
        readonly kind: 'discrete'
        readonly values: readonly Value[]
        readonly labels: readonly string[] | null
        readonly isOrdered: boolean
      }
    | {
        readonly kind: 'continuous'
        readonly low: number
        readonly high: number
        readonly isLog: boolean
        readonly steps: number
      }
    | {
        readonly kind: 'int'
        readonly low: number
        readonly high: number
        readonly isLog: boolean
        readonly step: number
      }
    | { readonly kind: 'normal'; readonly mean: number; readonly sd: number }
  )

interface ParameterCommon {
  readonly name: string
  /** Replaces the parameter's name in names of trials. */
  readonly abbrev: string
  readonly default: Value | null
}

/** A rule about combinations: if all of `when` is true, exclude, force, set. */
export interface Condition {
  readonly name: string
  /** Line in the config, from 1. */
  readonly line: number
  readonly when: readonly Test[]
  readonly exclude: readonly (readonly [name: string, values: readonly Value[]])[]
  readonly force: readonly (readonly [name: string, value: Value])[]
  readonly set: readonly (readonly [key: string, value: Value | Program])[]
  /** Resources of its trials on SLURM, in place of those of `slurm`. */
  readonly slurm: SlurmResources
}

export type Test =
  | { readonly kind: 'expr'; readonly program: Program }
  | { readonly kind: 'value'; readonly name: string; readonly op: TestOperator; readonly operand: Value }

export const TEST_OPERATORS = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'in', 'not_in'] as const
export type TestOperator = (typeof TEST_OPERATORS)[number]

/** Every combination is repeated with each of these values of `param`. */
export interface Seeds {
  readonly param: string
  readonly values: readonly Value[]
  readonly aggregate: 'mean' | 'median' | 'min' | 'max'
}

/** What the sweep optimizes. */
export interface Objective {
  readonly metric: string
  readonly direction: 'min' | 'max'
  readonly value: 'last' | 'best'
}

export const SEARCH_METHODS = ['random', 'sobol', 'tpe', 'cmaes', 'auto', 'pbt'] as const
export type SearchMethod = (typeof SEARCH_METHODS)[number]

/** Trials chosen by a sampler instead of a grid. */
export interface Search {
  readonly method: SearchMethod
  readonly trials: number
  readonly seed: number
  /** Trials in flight. */
  readonly parallel: number
  /** Trials before a model is used; null: the sampler's own default. */
  readonly startup: number | null
}

/** A population: trials with poor results continue from a checkpoint of a better one, with changed values. */
export interface Population {
  /** Steps between two decisions about a trial, each at a checkpoint. */
  readonly interval: number
  /** The share of trials at the lower end that copy a trial of the upper end. */
  readonly truncation: number
  /** A number is multiplied by 1 + factor or 1 - factor. */
  readonly factor: number
  /** The probability that a value is drawn from its range instead. */
  readonly resample: number
  /** The control of a training run that each parameter is, by the name of the parameter. */
  readonly controls: Readonly<Record<string, string>>
}

/** Early stopping: by successive halving in one of its forms, or by the median. */
export interface Halving {
  readonly metric: string
  readonly direction: 'min' | 'max'
  readonly minSteps: number
  readonly budget: number
  readonly eta: number
  readonly mode: HalvingMode
  /** The number of values that are averaged at a rung. */
  readonly smooth: number
  /** In mode `median`: how many other trials must have reached a step before a trial is pruned there. */
  readonly startup: number
  /** In mode `median`: steps between two comparisons. */
  readonly interval: number
}

export const HALVING_MODES = ['sync', 'asha', 'asha_promote', 'hyperband', 'median'] as const
export type HalvingMode = (typeof HALVING_MODES)[number]

/** The budget of a sweep. Once it is spent, nothing new starts. Null for no limit. */
export interface Budget {
  /** GPUs times hours, over all attempts. */
  readonly gpuHours: number | null
  readonly cpuHours: number | null
  /** The number of started trials. */
  readonly trials: number | null
  /** Epoch seconds. */
  readonly until: number | null
  /** Also pauses running trials. */
  readonly isHard: boolean
}

/** Restarts of failed attempts, by the class of failure. */
export interface Retries {
  readonly byClass: Readonly<Record<RetryClass, number>>
  /** Seconds before the first; doubled for each further one. */
  readonly backoff: number
}

export const RETRY_CLASSES = [
  'preempted',
  'node_fail',
  'boot_fail',
  'timeout',
  'oom',
  'exit',
  'killed',
  'lost',
] as const
export type RetryClass = (typeof RETRY_CLASSES)[number]
