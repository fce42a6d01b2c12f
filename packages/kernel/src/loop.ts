import type { Env } from '@hotcb/protocol'
import type { HistoryPlace } from '@hotcb/recipe'
import { envTotal } from './env-field.ts'
import { createLoopCalls } from './loop-calls.ts'
import type { Opening } from './opening.ts'

/** What a kernel knows of the training loop. Only its own verbs change it. */
export interface Loop {
  /** The env of the last `apply`; null before it. */
  readonly env: Env | null
  readonly events: readonly string[]
  /** The step of the last `apply`; -1 before it. */
  readonly step: number
  /** Which `apply` of this step, from 0; -1 before the first. */
  readonly call: number
  /** Number of steps of the run, where the trainer says it. */
  readonly total: number | null
  /** Whether the loop runs, or `continueFrom` was called. */
  readonly begun: boolean
  /** Whether the modules have heard of this safe point. */
  readonly told: boolean
  /** Whether something was changed after that. */
  readonly isChangedAfter: boolean
  /**
   * What is decided now comes after everything else of `step` and belongs to the state before the next step: a checkpoint
   * was loaded in this `apply`, or a call is over and its ends are made.
   */
  readonly isEnd: boolean
  /** The next step to train, after a checkpoint was loaded in this `apply`; else null. */
  readonly rewound: number | null
  /** What the ledger told at open; null once the loop has begun. */
  readonly opening: Opening | null
  /**
   * The loop has come to a safe point. True where it is another call of the same step.
   *
   * @param call Which call of its step it is, where the host counts.
   */
  arrive(env: Env, events: readonly string[], call?: number): boolean
  /** Takes note of the number of steps, where the env says it. */
  takeTotal(env: Env): void
  /** The next `apply` is the `call`-th of `step`, or of the one after it. */
  standAt(step: number, call: number): void
  /** The loop begins. @returns what the ledger told at open, which is let go of here */
  begin(): Opening | null
  /** From here on the modules have heard of this safe point. */
  tell(): void
  /** At close: nobody is told any more, and lines carry no `after`. */
  tellNobody(): void
  /** A change was made; it counts where the modules have heard of this safe point. */
  change(): void
  /** Nothing more of this step comes but what ends it. */
  endStep(): void
  /** At the end of a step before the loop, or of the one that a checkpoint was saved after. */
  goToEndOf(step: number, call: number): void
  /** What belonged to the end of a step before the loop is made. */
  leaveEnd(): void
  /** A checkpoint was loaded: training goes on with `step`, whose last call before it was `call`. */
  rewindTo(step: number, call: number): void
  /** The last call of a step in this process; null where the loop was never there. */
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
    told: false,
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
      loop.told = false
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
      loop.told = true
    },
    tellNobody() {
      loop.told = false
    },
    change() {
      if (loop.told) loop.isChangedAfter = true
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
      // Training sees no more of this safe point: its events are of a step that was taken back.
      loop.told = true
    },
    lastCallOf: (step) => calls.lastOf(step),
  }
  return loop
}

/** The step that changes are made at: before the first safe point, 0. */
export function stepOf({ step }: Loop): number {
  return Math.max(0, step)
}

/** The step that is trained next: what a checkpoint saved now goes on with. */
export function nextStepOf(loop: Loop): number {
  return loop.isEnd ? loop.step + 1 : stepOf(loop) + 1
}

/** Where in history a change made now belongs. */
export function placeOf({ step, call, told, isEnd }: Loop): HistoryPlace {
  return { step, call, after: told && !isEnd, end: isEnd }
}
