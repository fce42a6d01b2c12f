import type { ApplyResult, Env, JsonObject, SubmittedOp } from '@hotcb/protocol'
import { createApply } from './apply.ts'
import { type Attention, createAttention } from './attention.ts'
import { closeKernel } from './close-kernel.ts'
import { createParts, takeRegistered } from './create-parts.ts'
import type { PendingDecision } from './deciding.ts'
import { createFollower } from './follower.ts'
import { createGate } from './gate.ts'
import { openAttempt } from './open-attempt.ts'
import { checkKernelOptions } from './option-check.ts'
import type { KernelOptions } from './options.ts'
import type { KernelParts } from './parts.ts'
import { continueFrom } from './restart.ts'
import { takeSnapshot } from './snapshot.ts'
import { submit } from './submit.ts'
import { trainerCalls, type UncheckedKernel } from './trainer-calls.ts'

/** The position of the loop, for a host that skips safe points where nothing is due. */
export interface HostPlace {
  /** The index of this `apply` within its step, from 0, counted by the host. */
  readonly call: number
  /**
   * The last step at which the host itself set the values of schedules and ramps, from the tables of
   * `MutableState.ahead`.
   */
  readonly moved?: number
}

/** Where a new kernel takes over from one that was killed while the trainer kept running. */
export interface Takeover {
  /** The current safe point of the trainer: its `apply` is the next call. */
  readonly place: { readonly step: number; readonly call: number }
  /** The number of the attempt in which this trainer started. */
  readonly since: number
  /** The run's number of steps, if known. */
  readonly maxSteps?: number
}

/** The kernel of a training loop. The loop calls the kernel at each safe point. */
export interface Kernel {
  /**
   * Applies the changes that are due and passes the events to the modules. Call it between two steps. Blocks only while
   * paused.
   *
   * Costs a fraction of a microsecond if there is nothing to do. Never throws because of external input.
   * @param env `env.step` is the step just trained, a whole number >= 0.
   * @param events The names of the events, such as `train_step_end`; any strings are allowed. Default: none.
   * @param place For a host that skips safe points. Default: no safe point is skipped.
   * @throws KernelError `bad-call` when the first call has no such step, or its events are not a list of names. Later
   *   calls do not throw for these reasons: the problem is logged once, the call counts as another call in the last
   *   step, and a single string counts as one event.
   */
  apply(env: Env, events?: readonly string[], place?: HostPlace): ApplyResult
  /**
   * Does the same as `apply`, but yields to the event loop while paused, and while waiting for checkpoint handlers that
   * return promises.
   */
  applyAsync(env: Env, events?: readonly string[], place?: HostPlace): Promise<ApplyResult>
  /**
   * Restores the state before `step`, the next step to train, and re-applies the later changes at their places. Call it
   * before the loop of a restarted trainer.
   *
   * @param snapshot The result of `snapshot()` at the time of the checkpoint, or a checkpoint's `snapshot`.
   * @returns The result that `apply` will return: `stop` if the recipe to replay cannot be followed.
   * @throws KernelError `bad-call` when `env.step` is not a whole number >= 0, or the snapshot is invalid; `closed`
   *   when it is called twice or after `apply`.
   */
  continueFrom(env: Env, snapshot?: JsonObject | null): ApplyResult
  /**
   * Continues in a loop whose trainer kept running while the kernel's process was replaced. Changes from this trainer's
   * attempts are already in force, and entries of older attempts at or after the place are still pending. Nothing is
   * re-applied, and no seam is written.
   *
   * @throws KernelError `bad-call` for an invalid place; `closed` when it is called twice or after `apply`.
   */
  continueFrom(from: Takeover, snapshot?: JsonObject | null): ApplyResult
  /**
   * Requests a change from the trainer itself, such as a checkpoint every N steps. It is applied at the next safe
   * point, subject to the freeze, and recorded in the ledger. Its source is `trainer` unless the op specifies another.
   *
   * @returns The `cid` that its ledger line will have; null if the `cid` is already in use, and on ranks above 0, which
   *   leave it to rank 0.
   * @throws TypeError when it is not an op.
   */
  submit(op: SubmittedOp): string | null
  /**
   * Requests a checkpoint: it is saved at the end of the next safe point. This is the same as `submit` with `core
   * checkpoint`, action `save`. On a rank above 0 it only logs a note, because rank 0 saves.
   *
   * @param tag Its name. Default: `step-N`, where N is the next step to train; `keep` counts only checkpoints with such
   *   a name.
   * @returns The `cid` of its ledger line, as from `submit`.
   */
  save(tag?: string): string | null
  /**
   * Flushes the ledger to disk and returns the argument for `continueFrom` as JSON: the private state of the modules
   * and the undecided requests. It does not contain the values of controls, because they are in the ledger.
   */
  snapshot(): JsonObject
  /** Aborts when a command stops the run, with the reason from the command. */
  readonly signal: AbortSignal
  /** Seq of the last ledger line. */
  readonly seq: number
  /** Number of this attempt, from 1; 0 on a rank above 0. */
  readonly attempt: number
  /** The line that is being decided, for setters and handlers that are called during the decision; null otherwise. */
  readonly deciding: PendingDecision | null
  /** When the kernel must be called. */
  readonly attention: Attention
  /**
   * Writes everything that is pending and closes the files.
   *
   * @throws RecipeError when a strict replay was not followed exactly.
   */
  close(): void
}

/**
 * Creates a kernel from its parts; `@hotcb/kernel/node` assembles them for a run directory.
 *
 * @throws KernelError `bad-option` for an unknown option or an invalid value.
 */
export function createKernel(options: KernelOptions = {}): Kernel {
  checkKernelOptions(options)
  takeRegistered(options)
  const { collective, log = () => undefined } = options
  if (collective !== undefined && collective.rank > 0) return trainerCalls(createFollower(options, collective), log)
  const parts = createParts(options)
  if (options.debounceSteps !== undefined) parts.note(NO_DEBOUNCE)
  openAttempt(parts)
  return trainerCalls(kernelOf(parts), parts.note)
}

const NO_DEBOUNCE = '`debounceSteps` is ignored: the kernel checks for commands every `lookMs` milliseconds'

function kernelOf(parts: KernelParts): UncheckedKernel {
  const { condition, recorder, ledger, deciding } = parts
  const gate = createGate(parts)
  return {
    signal: condition.signal,
    get seq() {
      return recorder.seq
    },
    get attempt() {
      return recorder.attempt
    },
    get deciding() {
      return deciding.now
    },
    attention: createAttention(parts, gate),
    ...createApply(parts, gate),
    continueFrom: (from: Env | Takeover, snapshot: JsonObject | null = null) => continueFrom(parts, from, snapshot),
    submit: (asked) => submit(parts, asked, 'trainer'),
    snapshot() {
      const snapshot = takeSnapshot(parts)
      recorder.flush()
      ledger.sync?.()
      return { ...snapshot }
    },
    close() {
      if (!condition.closed) closeKernel(parts)
    },
  }
}
