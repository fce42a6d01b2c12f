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

/** The position of the loop, for a host that skips safe points without work. */
export interface HostPlace {
  /** Which `apply` of its step this is, counted by the host, from 0. */
  readonly call: number
  /** The last step at which the host itself moved controls, from the tables of `MutableState.ahead`. */
  readonly moved?: number
}

/** The place where a kernel takes over from one that was killed while the trainer stayed alive. */
export interface Takeover {
  /** The current safe point of the trainer: its `apply` is the next call. */
  readonly place: { readonly step: number; readonly call: number }
  /** Number of the attempt with which this trainer began. */
  readonly since: number
  /** The number of steps of the run, if known. */
  readonly maxSteps?: number
}

/** The safe point of a training loop. */
export interface Kernel {
  /**
   * Call it between two steps: it applies what is due, and passes the events to the modules. Blocks only while paused.
   *
   * Costs a fraction of a microsecond if there is nothing to do. Never throws because of input from outside.
   * @param env `env.step` is the step just trained, a whole number >= 0.
   * @param events Their names, such as `train_step_end`; free text. Default none.
   * @param place For a host that skips safe points. Default: no safe point is skipped.
   * @throws KernelError `bad-call` when the first call has no such step, or events that are not a list of names. Later
   *   calls do not throw for it: it is noted once, the call counts as another one of the last step, and text counts as
   *   one event.
   */
  apply(env: Env, events?: readonly string[], place?: HostPlace): ApplyResult
  /** The same, yielding to the event loop while paused, and waiting for checkpoint handlers that return promises. */
  applyAsync(env: Env, events?: readonly string[], place?: HostPlace): Promise<ApplyResult>
  /**
   * Call it before the loop of a restarted trainer: it restores the state before `step`, the next step to train, and
   * re-applies the later changes at their places.
   *
   * @param snapshot The result of `snapshot()` when the checkpoint was saved, or a checkpoint's `snapshot`.
   * @returns The result that `apply` will have: `stop` if the recipe to replay cannot be followed.
   * @throws KernelError `bad-call` when `env.step` is not a whole number >= 0, or the snapshot is invalid; `closed`
   *   when it is called twice or after `apply`.
   */
  continueFrom(env: Env, snapshot?: JsonObject | null): ApplyResult
  /**
   * For a host whose trainer kept running while the kernel's process was replaced: decisions of this trainer's attempts
   * are in force, and entries of older attempts at or after the place are still pending. Nothing is re-applied, and no
   * seam is written.
   *
   * @throws KernelError `bad-call` for an invalid place; `closed` when it is called twice or after `apply`.
   */
  continueFrom(from: Takeover, snapshot?: JsonObject | null): ApplyResult
  /**
   * Requests a change by the trainer itself, such as a checkpoint every N steps: it is applied at the next safe point,
   * subject to freeze and recorded in the ledger. Its source is `trainer` unless the op has another.
   *
   * @returns The `cid` that its ledger line will have; null on a rank above 0, which leaves it to rank 0, and if its
   *   `cid` is taken.
   * @throws TypeError when it is not an op.
   */
  submit(op: SubmittedOp): string | null
  /**
   * Requests a checkpoint: it is saved at the end of the next safe point. The same as `submit` with `core checkpoint`,
   * action `save`; on a rank above 0 it is noted and left to rank 0.
   *
   * @param tag Its name. Default: `step-N`, N being the next step to train; `keep` counts only those.
   * @returns The `cid` of its ledger line, as from `submit`.
   */
  save(tag?: string): string | null
  /**
   * The argument for `continueFrom`, as JSON: private state of the modules, and undecided requests, with the ledger
   * safe on disk. It does not contain values of controls, since the ledger has them.
   */
  snapshot(): JsonObject
  /** Aborts when a command stops the run; the reason is the command's. */
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
 * @throws KernelError `bad-option` for an unknown option, or one of the wrong shape.
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

const NO_DEBOUNCE = '`debounceSteps` is ignored: a clock decides when to look for commands, every `lookMs` milliseconds'

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
