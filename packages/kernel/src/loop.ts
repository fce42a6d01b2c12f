import type { Env } from '@hotcb/protocol'
import type { HistoryPlace } from '@hotcb/recipe'
import { envTotal } from './env-field.ts'
import { createLoopCalls } from './loop-calls.ts'
import type { Opening } from './opening.ts'

/** The kernel's knowledge of the training loop. Only its own methods change it. */
export interface Loop {
  /** The env of the last `apply`; null before it. */
  readonly env: Env | null
  readonly events: readonly string[]
  /** The step of the last `apply`; -1 before it. */
  readonly step: number
  /** Which `apply` of this step, from 0; -1 before the first. */
  readonly call: number
  /** Number of steps of the run, if the trainer declares it. */
  readonly total: number | null
  /** Whether the loop runs, or `continueFrom` was called. */
  readonly begun: boolean
  /** Whether the modules have received the events of this safe point. */
  readonly areModulesNotified: boolean
  /** Whether something was changed after that. */
  readonly isChangedAfter: boolean
  /**
   * Current decisions come after everything else of `step` and belong to the state before the next step: a checkpoint
   * was loaded in this `apply`, or a call is over and its `end` entries are applied.
   */
  readonly isEnd: boolean
  /** The next step to train, after a checkpoint was loaded in this `apply`; otherwise null. */
  readonly rewound: number | null
  /** The facts that were read from the ledger at open; null once the loop has begun. */
  readonly opening: Opening | null
  /**
   * The loop has reached a safe point. True if it is another call of the same step.
   *
   * @param call Which call of its step it is, if the host counts.
   */
  arrive(env: Env, events: readonly string[], call?: number): boolean
  /** Records the number of steps, if the env has it. */
  takeTotal(env: Env): void
  /** The next `apply` is the `call`-th of `step`, or of the one after it. */
  standAt(step: number, call: number): void
  /** The loop begins. @returns what was read from the ledger at open, which is released here */
  begin(): Opening | null
  /** From now on the modules have received the events of this safe point. */
  tell(): void
  /** At close: no more events, and lines have no `after`. */
  skipModules(): void
  /** A change was made; it counts if the modules have received the events of this safe point. */
  change(): void
  /** Only `end` entries of this step remain. */
  endStep(): void
  /** At the end of a step before the loop, or of the step after which a checkpoint was saved. */
  goToEndOf(step: number, call: number): void
  /** The `end` entries of a step before the loop have been applied. */
  leaveEnd(): void
  /** A checkpoint was loaded: training continues with `step`; the last call of the previous step was `call`. */
  rewindTo(step: number, call: number): void
  /** The last call of a step in this process; null if the loop was never there. */
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
      // Training does not see the rest of this safe point: its events belong to a step that was rolled back.
      loop.areModulesNotified = true
    },
    lastCallOf: (step) => calls.lastOf(step),
  }
  return loop
}

/** The step of current changes: before the first safe point, 0. */
export function stepOf({ step }: Loop): number {
  return Math.max(0, step)
}

/** The step that is trained next: a checkpoint saved now continues with it. */
export function nextStepOf(loop: Loop): number {
  return loop.isEnd ? loop.step + 1 : stepOf(loop) + 1
}

/** The place in history of a change made now. */
export function placeOf({ step, call, areModulesNotified: told, isEnd }: Loop): HistoryPlace {
  return { step, call, after: told && !isEnd, end: isEnd }
}
