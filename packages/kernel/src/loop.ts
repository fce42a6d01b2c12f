import type { Env } from '@hotcb/protocol'
import type { HistoryPlace } from '@hotcb/recipe'
import { envTotal } from './env-field.ts'
import { createLoopCalls } from './loop-calls.ts'
import type { Opening } from './opening.ts'

/** The kernel's record of the training loop. Only its own methods change it. */
export interface Loop {
  /** The env of the last `apply`; null before it. */
  readonly env: Env | null
  readonly events: readonly string[]
  /** The step of the last `apply`; -1 before it. */
  readonly step: number
  /** The index of the last `apply` within this step, from 0; -1 before the first. */
  readonly call: number
  /** The run's number of steps, if the trainer declares it. */
  readonly total: number | null
  /** Whether the loop has begun, or `continueFrom` was called. */
  readonly begun: boolean
  /** Whether the modules have received the events of this safe point. */
  readonly areModulesNotified: boolean
  /** Whether something was changed after the modules received the events. */
  readonly isChangedAfter: boolean
  /**
   * Whether changes made now come after everything else in `step` and belong to the state before the next step. This is
   * true after a checkpoint was loaded in this `apply`, and while the `end` entries of a finished call are being
   * applied.
   */
  readonly isEnd: boolean
  /** The next step to train, after a checkpoint was loaded in this `apply`; otherwise null. */
  readonly rewound: number | null
  /** The data that was read from the ledger at open; null once the loop has begun. */
  readonly opening: Opening | null
  /**
   * Records that the loop has reached a safe point. True if it is another call in the same step.
   *
   * @param call The index of this call within its step, if the host counts the calls.
   */
  arrive(env: Env, events: readonly string[], call?: number): boolean
  /** Records the number of steps, if the env has it. */
  takeTotal(env: Env): void
  /** Positions the loop so that the next `apply` is the `call`-th in `step`, or belongs to the step after it. */
  standAt(step: number, call: number): void
  /** Begins the loop. @returns the data read from the ledger at open, which is released here */
  begin(): Opening | null
  /** Marks the events of this safe point as delivered to the modules. */
  tell(): void
  /** Called at close: no more events follow, so later lines have no `after`. */
  skipModules(): void
  /**
   * Records that something was changed. This matters only if the modules have already received the events of this safe
   * point.
   */
  change(): void
  /** Records that only the `end` entries of this step remain. */
  endStep(): void
  /**
   * Places the loop at the end of a step: the one before the loop's first step, or the one after which a checkpoint was
   * saved.
   */
  goToEndOf(step: number, call: number): void
  /** Records that the `end` entries of the step before the loop have been applied. */
  leaveEnd(): void
  /**
   * Records a loaded checkpoint: training continues with `step`; `call` is the index of the last call in the previous
   * step.
   */
  rewindTo(step: number, call: number): void
  /** Returns the index of the last call in a step; null if the loop of this process never reached that step. */
  lastCallOf(step: number): number | null
}

type Writable<Fields> = { -readonly [Key in keyof Fields]: Fields[Key] }

export function createLoop(opening: Opening): Loop {
  const calls = createLoopCalls()

  const loop: Writable<Loop> = {
    env: null,
    events: [],
    step: -1,
    call: -1,
    total: null,
    begun: false,
    areModulesNotified: false,
    isChangedAfter: false,
    isEnd: false,
    rewound: null,
    opening,
    arrive(env, events, call) {
      const { step } = env
      const isAgain = step === loop.step
      loop.isEnd = false
      loop.rewound = null
      loop.call = call ?? (isAgain ? loop.call + 1 : 0)
      loop.step = step
      calls.arrive(step, loop.call)
      loop.env = env
      loop.events = events
      loop.areModulesNotified = false
      loop.isChangedAfter = false
      const total = envTotal(env)
      if (total !== null) loop.total = total
      return isAgain
    },
    takeTotal(env) {
      const total = envTotal(env)
      if (total !== null) loop.total = total
    },
    standAt(step, call) {
      loop.step = step
      loop.call = call - 1
    },
    begin() {
      const known = loop.opening
      loop.begun = true
      loop.opening = null
      return known
    },
    tell() {
      loop.areModulesNotified = true
    },
    skipModules() {
      loop.areModulesNotified = false
    },
    change() {
      if (loop.areModulesNotified) loop.isChangedAfter = true
    },
    endStep() {
      loop.isEnd = true
    },
    goToEndOf(step, call) {
      loop.step = step
      loop.call = call
      loop.isEnd = true
    },
    leaveEnd() {
      loop.isEnd = false
    },
    rewindTo(step, call) {
      loop.goToEndOf(step - 1, call)
      loop.rewound = step
      // Modules do not receive the rest of this safe point, because its events belong to a step that was rolled back.
      loop.areModulesNotified = true
    },
    lastCallOf: (step) => calls.lastOf(step),
  }
  return loop
}

/** Returns the step that is recorded for a change made now: 0 before the first safe point. */
export function stepOf({ step }: Loop): number {
  return Math.max(0, step)
}

/** Returns the next step to train. If a checkpoint is saved now, a run that continues from it begins with this step. */
export function nextStepOf(loop: Loop): number {
  return loop.isEnd ? loop.step + 1 : stepOf(loop) + 1
}

/** Returns the place in history of a change made now. */
export function placeOf({ step, call, areModulesNotified: told, isEnd }: Loop): HistoryPlace {
  return { step, call, after: told && !isEnd, end: isEnd }
}
