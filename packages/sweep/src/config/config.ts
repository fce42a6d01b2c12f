import type { Program } from '@hotcb/expr'
import type { Value } from '../value.ts'

export const EXECUTORS = ['local', 'slurm', 'gridengine'] as const
export type ExecutorName = (typeof EXECUTORS)[number]

/** The sweep that the YAML file describes, with defaults filled in. */
export interface SweepConfig {
  readonly name: string
  /** The kind of grid: all combinations, the combinations of some parameters, or one parameter at a time. */
  readonly grid: GridMode
  /** The launcher as written in the config; relative to the workspace. */
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
  /** Seconds between a stop request and the forced end of the process; 0: the process is never killed. */
  readonly pruneGraceSeconds: number
  readonly retries: Retries
  readonly budget: Budget | null
  /** The stages, each after the one that it follows; empty for a sweep with a single unnamed stage. */
  readonly stages: readonly Stage[]
}

/** A part of a sweep with its own parameters. Its trials may continue trials from an earlier stage: their parents. */
export interface Stage {
  readonly name: string
  /** The stage of the parents; null if its trials have none. */
  readonly after: string | null
  readonly take: Take
  /** Whether its trials also get the parameters of their parents. */
  readonly inherits: boolean
  /**
   * Whether its trials are submitted together with those of the earlier stage, so that SLURM starts them once the earlier ones have
   * finished.
   */
  readonly isNative: boolean
  /** The config of its trials: the top level, overridden by the stage's fields. It has no stages. */
  readonly config: SweepConfig
}

/**
 * Which trials become parents: all completed trials once every trial has finished, each trial as soon as it completes, or only the best
 * trials.
 */
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
  /** Whether SLURM may restart a task after a preemption or a node failure; null: the cluster's default. */
  readonly requeue: boolean | null
  /** How many seconds before the time limit the trial is asked to save and exit; null: it is not asked. */
  readonly signalBefore: number | null
  /** What happens at the limit: the trial fails with `timeout`, or its task is requeued. */
  readonly onLimit: 'stop' | 'requeue'
  /** The maximum number of seconds by which the accounting lags behind the queue. */
  readonly lagSeconds: number
  /** The maximum number of this sweep's tasks in the queue at a time; null: no limit. */
  readonly maxQueued: number | null
  /** A login node on which SLURM's programs are run over ssh. It must see the workspace under the same path. Null: this machine. */
  readonly ssh: string | null
  readonly extraArgs: readonly string[]
}

/** How Grid Engine runs the trials. For a null field nothing is requested, and the site's default applies. */
export interface GridEngineOptions {
  readonly queue: string | null
  /** `h_rt` of each task. */
  readonly time: string | null
  /** `h_vmem`, per slot. */
  readonly mem: string | null
  readonly cpusPerTask: number
  /** The resource `gpu`. */
  readonly gpusPerTask: number
  /** The parallel environment that gives a task more than one slot. */
  readonly parallelEnvironment: string | null
  readonly project: string | null
  readonly maxConcurrent: number | null
  /** The maximum number of seconds by which the accounting lags behind the queue. */
  readonly lagSeconds: number
  /** The maximum number of this sweep's tasks in the queue at a time; null: no limit. */
  readonly maxQueued: number | null
  readonly extraArgs: readonly string[]
}

/** The resources that a condition sets for its trials. */
export type SlurmResources = Partial<
  Pick<
    SlurmOptions,
    'partition' | 'time' | 'mem' | 'cpusPerTask' | 'gres' | 'account' | 'qos' | 'constraint' | 'exclude'
  >
>

/** How this machine runs the trials. */
export interface LocalOptions {
  /** The maximum number of concurrent trials; null: as many as the CPUs, the memory and the GPUs allow. */
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

/** One parameter. `numbers` are the values that a grid tries. */
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
  /** Replaces the parameter's name in trial names. */
  readonly abbrev: string
  readonly default: Value | null
}

/** A rule about combinations: if all conditions of `when` are true, `exclude`, `force` and `set` apply. */
export interface Condition {
  readonly name: string
  /** The line in the config, counted from 1. */
  readonly line: number
  readonly when: readonly Test[]
  readonly exclude: readonly (readonly [name: string, values: readonly Value[]])[]
  readonly force: readonly (readonly [name: string, value: Value])[]
  readonly set: readonly (readonly [key: string, value: Value | Program])[]
  /** The SLURM resources of its trials, which replace those in `slurm`. */
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
  /** The number of trials in flight. */
  readonly parallel: number
  /** The number of trials before a model is used; null: the sampler's default. */
  readonly startup: number | null
}

/** A population: trials with poor results continue from a better trial's checkpoint, with changed values. */
export interface Population {
  /** The number of steps between two decisions about a trial. Each decision is made at a checkpoint. */
  readonly interval: number
  /** The fraction of trials that count as worst. They copy trials from an equally large group with the best results. */
  readonly truncation: number
  /** A numeric value is multiplied by 1 + factor or 1 - factor. */
  readonly factor: number
  /** The probability that a value is drawn from its range instead. */
  readonly resample: number
  /** The training run's control that each parameter sets, keyed by parameter name. */
  readonly controls: Readonly<Record<string, string>>
}

/** Early stopping, by a form of successive halving or by the median rule. */
export interface Halving {
  readonly metric: string
  readonly direction: 'min' | 'max'
  readonly minSteps: number
  readonly budget: number
  readonly eta: number
  readonly mode: HalvingMode
  /** The number of values averaged at a rung. */
  readonly smooth: number
  /** In mode `median`: the number of other trials that must have reached a step before a trial is pruned there. */
  readonly startup: number
  /** In mode `median`: the number of steps between two comparisons. */
  readonly interval: number
}

export const HALVING_MODES = ['sync', 'asha', 'asha_promote', 'hyperband', 'median'] as const
export type HalvingMode = (typeof HALVING_MODES)[number]

/** The budget of a sweep. Once it is spent, no more trials start. Null for no limit. */
export interface Budget {
  /** GPU-hours, summed over all attempts. */
  readonly gpuHours: number | null
  readonly cpuHours: number | null
  /** The number of started trials. */
  readonly trials: number | null
  /** Epoch seconds. */
  readonly until: number | null
  /** Also pauses running trials. */
  readonly isHard: boolean
}

/** The number of restarts of failed attempts, by failure class. */
export interface Retries {
  readonly byClass: Readonly<Record<RetryClass, number>>
  /** Seconds before the first restart; the delay doubles with each further restart. */
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
