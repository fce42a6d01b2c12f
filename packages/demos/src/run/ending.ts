import type { Kernel } from '@hotcb/kernel'
import type { ApplyResult } from '@hotcb/protocol'

/** Ensures that a training run that ends early has a checkpoint of its last step. */
export interface Ending {
  /** Whether the training run is about to end, in which case it must not wait anymore. */
  readonly isNear: boolean
  /** Must be called when a signal asks the process to exit. */
  interrupt(signal: NodeJS.Signals): void
  /** Must be called immediately before a safe point. `isSaveDue`: whether the loop itself requests a checkpoint of this step. */
  arrive(isSaveDue: boolean): void
  /**
   * Must be called immediately after it, with the next step to train and the step of the latest checkpoint.
   *
   * @returns Whether to leave the loop.
   */
  leave(result: ApplyResult, next: number, saved: number | null): boolean
}

/**
 * Creates the ending of a loop. After a signal, the checkpoint is saved at the next safe point, and the loop ends there.
 *
 * A `stop` command may be decided too late in its safe point for a checkpoint of that step. Then one more step is trained and saved.
 * Calling `apply` a second time for the same step would be quicker, but it could apply changes there that a replay, which calls it once per
 * step, would apply one step later.
 */
export function createEnding(kernel: Kernel): Ending {
  let signal: NodeJS.Signals | null = null
  let isAsked = false
  let isInside = false
  let isStopped = false
  let isLast = false

  function ask(): void {
    if (isAsked) return
    isAsked = true
    const note = signal === null ? {} : { note: signal }
    kernel.submit({ module: 'core', op: 'checkpoint', params: { action: 'save' }, source: 'trainer', ...note })
  }

  kernel.signal.addEventListener('abort', ask)
  return {
    get isNear() {
      return signal !== null || isStopped
    },
    interrupt(caught) {
      signal = caught
      // Within a safe point, signals are only handled during a pause: it saves there, and a stop ends the pause. Elsewhere it
      // does not submit a stop, because the checkpoint could be saved with the stop still open, which would stop the next run.
      if (!isInside) return
      ask()
      kernel.submit({ module: 'core', op: 'stop', params: { reason: caught }, source: 'trainer' })
    },
    arrive(isSaveDue) {
      isInside = true
      isLast = signal !== null || isStopped
      if (isSaveDue || isLast) ask()
    },
    leave({ stop, superseded }, next, saved) {
      isInside = false
      isStopped = stop
      // A save that was requested while the stop was being applied is still open and happens at the next safe point.
      isAsked = stop && saved !== next
      return superseded || isLast || (stop && saved === next)
    },
  }
}
