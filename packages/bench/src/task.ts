import type { Actuator } from '@hotcb/actuators'
import type { Batch, DigitsTrainer } from '@hotcb/demos'
import type { SubmittedOp } from '@hotcb/protocol'

/** A trainer of any task. */
export type AnyTrainer = DigitsTrainer<string>

/** A trainer at its beginning, and the controls that only its task has. */
export interface CreatedTrainer {
  readonly trainer: AnyTrainer
  readonly controls?: readonly Actuator[]
}

/** A command that a person sent in a case study. */
export interface RecordedCommand {
  /** Computed steps after which it is sent. */
  readonly after: number
  readonly command: SubmittedOp
}

/** The facts about a task that a report needs. */
export interface TaskInfo {
  readonly name: string
  /** For people, such as `SGD, rate 30 times too high`. */
  readonly title: string
  /** The task whose untouched runs show what is possible; null if there is none. */
  readonly good: string | null
  /** Whether nothing is wrong: what an arm does here can only harm. */
  readonly isGood: boolean
}

/** A training run in which something is wrong, or nothing. */
export interface Task extends TaskInfo {
  /** Whether the trainer can leave out data, so that a rescue may use it. */
  readonly hasDataSkip: boolean
  /**
   * The trainer before its first step. The same seed gives the same weights and the same batches.
   *
   * @param factor The learning rate is multiplied by it. It is 1, or so near to 1 that only chance differs.
   */
  create(seed: number, factor: number): Promise<CreatedTrainer>
  /** A rate that someone sets at a step. */
  readonly spoilt?: { readonly step: number; readonly lr: number }
  /** What the people of a case study did, for the arm `recorded`; in order. */
  readonly recorded?: readonly RecordedCommand[]
}

/** Changes a batch before it is trained on; `place` counts the batches. */
export type ChangeBatch = (batch: Batch, place: number) => Batch

const CLASSES = 10

/** Twelve batches in a row with labels of the next class and images ten times as bright. */
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

/** The first batches again and again: a training run with few images. */
export function onlyFirst(count: number): ChangeBatch {
  const kept: Batch[] = []
  return (batch, place) => {
    if (kept.length < count) kept.push(batch)
    return kept[place % kept.length] ?? batch
  }
}

/** Negatives of the images before a step: the data of a training run is exchanged while it runs. */
export function negativesUntil(step: number): ChangeBatch {
  return (batch, place) => (place >= step ? batch : { ...batch, images: batch.images.map((value) => 1 - value) })
}
