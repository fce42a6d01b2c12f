import type { ApplyResult, Env, JsonObject, SubmittedOp } from '@hotcb/protocol'
import { createApply } from './apply.ts'
import { type Attention, createAttention } from './attention.ts'
import { closeKernel } from './close-kernel.ts'
import { createParts, takeRegistered } from './create-parts.ts'
import type { Deciding } from './deciding.ts'
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

/** Where the loop of a host is that makes only those safe points at which there is something to do. */
export interface HostPlace {
  /** Which `apply` of its step this is by the host's own count, from 0. */
  readonly call: number
  /** The last step at which the host itself moved controls, from the tables of `MutableState.ahead`. */
  readonly moved?: number
}

/** Where a kernel takes over from one that was killed, while the trainer lived on. */
export interface Takeover {
  /** The safe point that the trainer is at: its `apply` is the next call. */
  readonly place: { readonly step: number; readonly call: number }
  /** Number of the attempt with which this trainer began. */
  readonly since: number
  /** Steps the run will have, where known. */
  readonly maxSteps?: number
}

/** The safe point of a training loop. */
export interface Kernel {
  /**
   * Between two steps: applies what is due, and tells the modules of the events. Blocks only while paused.
   *
   * Costs a fraction of a microsecond when there is nothing to do. Never throws for what comes from outside.
   * @param env `env.step` is the step just trained, a whole number >= 0.
   * @param events Their names, such as `train_step_end`; free text. Default none.
   * @param place For a host that leaves safe points out. Default: every safe point is made here.
   * @throws KernelError `bad-call` when the first call has no such step, or events that are no list of names. Later calls do
   * not throw for it: it is noted once, the call counts as another one of the last step, and text is taken for one event.
   */
  apply(env: Env, events?: readonly string[], place?: HostPlace): ApplyResult
  /** The same, yielding to the event loop while paused, and waiting for checkpoint handlers that give promises. */
  applyAsync(env: Env, events?: readonly string[], place?: HostPlace): Promise<ApplyResult>
  /**
   * Before the loop of a trainer that starts again: restores what stood before `step`, the next step it will train,
   * and makes the later changes again at their places.
   *
   * @param snapshot What `snapshot()` gave when the checkpoint was saved, or a checkpoint's `snapshot`.
   * @returns What `apply` will: `stop` where a recipe is to be replayed that cannot be followed.
   * @throws KernelError `bad-call` when `env.step` is no whole number >= 0, or the snapshot is none; `closed` when it is called
   * twice or after `apply`.
   */
  continueFrom(env: Env, snapshot?: JsonObject | null): ApplyResult
  /**
   * For a host whose trainer goes on while the kernel's process was replaced: what this trainer's attempts have decided is in force,
   * and what older ones have at or after the place is still pending. Nothing is made again, and no seam is written.
   *
   * @throws KernelError `bad-call` for a place that is none; `closed` when it is called twice or after `apply`.
   */
  continueFrom(from: Takeover, snapshot?: JsonObject | null): ApplyResult
  /**
   * Asks for a change on the trainer's own behalf, such as a checkpoint every so many steps: it is made at the next
   * safe point, through freeze and into the ledger. Its source is `trainer` unless it says another.
   *
   * @returns The `cid` that its ledger line will have; null on a rank above 0, which leaves it to rank 0, and where it names a
   * `cid` that is taken.
   * @throws TypeError when it is no op.
   */
  submit(op: SubmittedOp): string | null
  /**
   * Asks for a checkpoint: it is saved at the end of the next safe point. The same as `submit` with `core checkpoint`, action
   * `save`; on a rank above 0 it is noted and left to rank 0.
   *
   * @param tag Its name. Default: `step-N`, N being the next step to train; `keep` counts only those.
   * @returns The `cid` of its ledger line, as `submit` gives it.
   */
  save(tag?: string): string | null
  /**
   * What `continueFrom` takes, as JSON: private state of the modules, and what was asked for and not decided, with the
   * ledger safe on disk. Values of controls are not in it: the ledger has them.
   */
  snapshot(): JsonObject
  /** Aborts when a command stops the run; the reason is the command's. */
  readonly signal: AbortSignal
  /** Seq of the last ledger line. */
  readonly seq: number
  /** The line that is being decided, for setters and handlers that are called meanwhile; null otherwise. */
  readonly deciding: Deciding | null
  /** When the kernel wants to be called. */
  readonly attention: Attention
  /**
   * Writes what is still to be written and lets go of the files.
   *
   * @throws RecipeError when a strict replay was not followed to the letter.
   */
  close(): void
}

/**
 * A kernel out of its parts; `@hotcb/kernel/node` puts them together for a run directory.
 *
 * @throws KernelError `bad-option` for an option that is none, or has the wrong shape.
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
