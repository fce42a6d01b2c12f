import type { HotModule } from '@hotcb/protocol'
import type { AnyTrainer, Task } from './task.ts'

/** The services available to an arm that steers a training run. */
export interface Steered {
  /** The run directory. */
  readonly dir: string
  readonly task: Task
  readonly trainer: AnyTrainer
  readonly seed: number
  /** Counts steps that are computed in addition to the run's own, such as a twin's. */
  count(steps: number): void
  /** Must be called for every action that the arm takes. */
  acted(): void
}

/** The services available to an arm outside the trainer. */
export type Watched = Pick<Steered, 'dir' | 'acted'>

/** One way to steer a training run. */
export interface Arm {
  readonly name: string
  readonly title: string
  /** The tasks that it is used on. Default: all. */
  readonly tasks?: readonly string[]
  /** The factor applied to the learning rate. Default: 1. */
  readonly factor?: number
  /** A label for an arm that is a substitute, such as `stand-in`. */
  readonly mark?: string
  /** The real language model that is called. Rows with different models never count as the same arm. */
  readonly model?: string
  /** Fills the run directory before the trainer opens it; returns the resulting number of steps of the training run. */
  prepare?(place: Place): Promise<number>
  /** Returns modules for the kernel. */
  modules?(steered: Steered): readonly HotModule[]
  /** Returns a function that is called with the loss from every evaluation and ends the training run early by returning true. */
  stopper?(): (loss: number) => boolean
  /** Opens the part of the arm that acts from outside the trainer. It is called and awaited after every evaluation. */
  beside?(watched: Watched): Beside
}

/** A training run that is about to begin. */
export interface Place {
  /** The run directory. */
  readonly dir: string
  readonly task: Task
  readonly seed: number
  readonly budget: number
  /** Returns the seconds on a monotonic clock. */
  readonly clock: () => number
}

/** An agent outside the trainer that reads the run directory. */
export interface Beside {
  look(step: number): Promise<void>
  /** Its cost, in US dollars and tokens. */
  readonly cost: { readonly usd: number; readonly tokens: number }
  close(): void
}
