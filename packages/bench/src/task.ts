import type { Actuator } from '@hotcb/actuators'
import type { Batch, DigitsTrainer } from '@hotcb/demos'
import type { SubmittedOp } from '@hotcb/protocol'

/** A trainer of any task. */
export type AnyTrainer = DigitsTrainer<string>

/** A trainer before its first step, and the controls that only its task has. */
export interface CreatedTrainer {
  readonly trainer: AnyTrainer
  readonly controls?: readonly Actuator[]
}

/** A command that a person sent in a case study. */
export interface RecordedCommand {
  /** The number of computed steps after which it is sent. */
  readonly after: number
  readonly command: SubmittedOp
}

/** The facts about a task that a report needs. */
export interface TaskInfo {
  readonly name: string
  /** The title for people, such as `SGD, rate 30 times too high`. */
  readonly title: string
  /** The task whose untouched runs show the best possible result; null if there is none. */
  readonly good: string | null
  /** Whether nothing is wrong in this task, so that an arm can only do harm. */
  readonly isGood: boolean
}

/** A training run with or without a problem. */
export interface Task extends TaskInfo {
  /** Whether the trainer can skip data, so that a rescue may do so. */
  readonly hasDataSkip: boolean
  /**
   * Creates a trainer that has not trained yet. The same seed yields the same weights and the same batches.
   *
   * @param factor The factor applied to the learning rate. It is 1, or so close to 1 that runs differ only by chance.
   */
  create(seed: number, factor: number): Promise<CreatedTrainer>
  /** A bad rate that is set at a step. */
  readonly spoilt?: { readonly step: number; readonly lr: number }
  /** What the people in a case study did, in order, for the arm `recorded`. */
  readonly recorded?: readonly RecordedCommand[]
}

/** Changes a batch before training on it; `place` counts the batches. */
export type ChangeBatch = (batch: Batch, place: number) => Batch

const CLASSES = 10

/** Corrupts batches: they get the next class's labels and images that are ten times as bright. */
export function corrupt(from: number, to: number): ChangeBatch {
  return (batch, place) => {
    if (place < from || place > to) return batch
    const targets = new Float32Array(batch.targets.length)
    batch.targets.forEach((target, i) => {
      const row = Math.floor(i / CLASSES)
      targets[row * CLASSES + ((i + 1) % CLASSES)] = target
    })
    return { ...batch, targets, images: batch.images.map((value) => value * 10) }
  }
}

/** Repeats the first batches, which gives a training run with few images. */
export function onlyFirst(count: number): ChangeBatch {
  const kept: Batch[] = []
  return (batch, place) => {
    if (kept.length < count) kept.push(batch)
    return kept[place % kept.length] ?? batch
  }
}

/** Inverts the images before a step, so that the data of a training run changes while it runs. */
export function negativesUntil(step: number): ChangeBatch {
  return (batch, place) => (place >= step ? batch : { ...batch, images: batch.images.map((value) => 1 - value) })
}
