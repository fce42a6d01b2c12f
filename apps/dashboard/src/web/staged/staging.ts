import type { ControlDescription, Json } from '@hotcb/protocol'
import { type ReadonlySignal, signal } from '@preact/signals'
import { review, type Staged, stage, stageRamp, unstage } from './staged.ts'
import { formatStaging, readStaging } from './staged-text.ts'

/** Where staged changes outlive a reload. */
export interface StagingStorage {
  read(): string | null
  /** Null removes the staged value. */
  write(text: string | null): void
}

/** The staged changes of one run, with their step and note. */
export interface Staging {
  readonly staged: ReadonlySignal<Staged>
  /** The step as it was typed; empty for the next safe point. */
  readonly at: ReadonlySignal<string>
  readonly note: ReadonlySignal<string>
  stage(control: ControlDescription, value: Json, threshold: number): void
  /** Stages a ramp of a control; null ends the one that runs. */
  stageRamp(control: ControlDescription, ramp: Json): void
  unstage(key: string): void
  setAt(at: string): void
  setNote(note: string): void
  /** Takes the values that the controls have now as seen. */
  review(controls: readonly ControlDescription[]): void
  /** Empties it; the function that this gives puts everything back. */
  clear(): () => void
  /**
   * Sets which training run this is now. Changes that were staged for another one are dropped.
   *
   * @returns Whether something was dropped.
   */
  setTraining(training: string): boolean
}

/** Opens what is staged for one run, as it was left. */
export function openStaging(storage: StagingStorage): Staging {
  const kept = readStaging(storage.read())
  const staged = signal<Staged>(kept?.staged ?? new Map())
  const at = signal(kept?.at ?? '')
  const note = signal(kept?.note ?? '')
  let training = kept?.training ?? ''

  const keep = (): void => {
    const isEmpty = staged.value.size === 0
    storage.write(isEmpty ? null : formatStaging({ training, staged: staged.value, at: at.value, note: note.value }))
  }
  const put = (next: Staged): void => {
    staged.value = next
    if (next.size === 0) {
      at.value = ''
      note.value = ''
    }
    keep()
  }
  return {
    staged,
    at,
    note,
    stage: (control, value, threshold) => put(stage(staged.value, control, value, threshold)),
    stageRamp: (control, ramp) => put(stageRamp(staged.value, control, ramp)),
    unstage: (key) => put(unstage(staged.value, key)),
    setAt(text) {
      at.value = text
      keep()
    },
    setNote(text) {
      note.value = text
      keep()
    },
    review: (controls) => put(review(staged.value, controls)),
    clear() {
      const before = { staged: staged.value, at: at.value, note: note.value }
      put(new Map())
      return () => {
        at.value = before.at
        note.value = before.note
        put(new Map([...before.staged, ...staged.value]))
      }
    },
    setTraining(next) {
      const isOther = training !== '' && training !== next
      training = next
      const dropped = isOther && staged.value.size > 0
      if (dropped) put(new Map())
      else keep()
      return dropped
    },
  }
}
