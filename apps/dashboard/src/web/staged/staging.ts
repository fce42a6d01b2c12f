import type { ControlDescription, Json } from '@hotcb/protocol'
import { type ReadonlySignal, signal } from '@preact/signals'
import { review, type Staged, stage, stageRamp, unstage } from './staged.ts'
import { formatStaging, readStaging } from './staged-text.ts'

/** The storage in which staged changes survive a reload. */
export interface StagingStorage {
  read(): string | null
  /** Null removes the staged value. */
  write(text: string | null): void
}

/** One run's staged changes, with their step and note. */
export interface Staging {
  readonly staged: ReadonlySignal<Staged>
  /** The step as the user typed it; empty for the next safe point. */
  readonly at: ReadonlySignal<string>
  readonly note: ReadonlySignal<string>
  stage(control: ControlDescription, value: Json, threshold: number): void
  /** Stages a ramp of a control; null ends the running ramp. */
  stageRamp(control: ControlDescription, ramp: Json): void
  unstage(key: string): void
  setAt(at: string): void
  setNote(note: string): void
  /** Marks the controls' current values as seen. */
  review(controls: readonly ControlDescription[]): void
  /** Removes all staged changes. The returned function restores them. */
  clear(): () => void
  /**
   * Sets the current training run. Changes that were staged for another one are dropped.
   *
   * @returns Whether any change was dropped.
   */
  setTraining(training: string): boolean
}

/** Opens one run's staged changes in the state in which they were last stored. */
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
