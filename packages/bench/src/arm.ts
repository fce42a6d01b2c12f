import type { HotModule } from '@hotcb/protocol'
import type { AnyTrainer, Task } from './task.ts'

/** The services of an arm for steering. */
export interface Steered {
  /** The run directory. */
  readonly dir: string
  readonly task: Task
  readonly trainer: AnyTrainer
  readonly seed: number
  /** Steps that are computed beside the run, such as those of a twin. */
  count(steps: number): void
  /** Called for every action that is taken. */
  acted(): void
}

/** The services of an arm outside of the trainer. */
export type Watched = Pick<Steered, 'dir' | 'acted'>

/** Who steers a training run. */
export interface Arm {
  readonly name: string
  readonly title: string
  /** Only on these tasks. Default: all. */
  readonly tasks?: readonly string[]
  /** The rate is multiplied by this. Default: 1. */
  readonly factor?: number
  /** Marks what is not the real thing, such as `stand-in`. */
  readonly mark?: string
  /** The language model that is really asked. Rows of different models never count as the same arm. */
  readonly model?: string
  /** Fills the run directory before the trainer opens it; returns the steps that the training then has. */
  prepare?(place: Place): Promise<number>
  /** Modules of the kernel. */
  modules?(steered: Steered): readonly HotModule[]
  /** Ends a training run early: called with every evaluation. */
  stopper?(): (loss: number) => boolean
  /** Beside the trainer: called after every evaluation, and waited for. */
  beside?(watched: Watched): Beside
}

/** A training run that is about to begin. */
export interface Place {
  /** The run directory. */
  readonly dir: string
  readonly task: Task
  readonly seed: number
  readonly budget: number
  /** Seconds of a clock that only goes forward. */
  readonly clock: () => number
}

/** Someone beside the trainer who looks at the run directory. */
export interface Beside {
  look(step: number): Promise<void>
  /** Its cost, in US dollars and tokens. */
  readonly cost: { readonly usd: number; readonly tokens: number }
  close(): void
}
