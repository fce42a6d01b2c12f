import {
  type ApplyResult,
  type Env,
  type HotModule,
  type Json,
  type JsonObject,
  messageOf,
  readSubmittedOp,
  type StateDocument,
  type SubmittedOp,
} from '@hotcb/protocol'
import { askFor, isSave, opOf } from './ask.ts'
import { recountCalls, saveNow } from './checkpoint.ts'
import { type Core, stepOf } from './core.ts'
import { createCore } from './create-core.ts'
import type { Wait } from './decide.ts'
import { endOfCall, isEndDue } from './end-of-call.ts'
import { envMetrics, envTotal } from './env-field.ts'
import { createFollower } from './follower.ts'
import { lookAhead } from './held.ts'
import { lossAtOpen } from './lost-ledger.ts'
import { checkKernelOptions } from './option-check.ts'
import { KernelError, type KernelOptions, RecipeError } from './options.ts'
import { recordMissed } from './replay.ts'
import { beginAt, saveBeforeLoop } from './restart.ts'
import { attemptAsk } from './restore.ts'
import { IDLE, resultOf } from './results.ts'
import { takePlace } from './safe-place.ts'
import { checkFence, isSaveAsked, look, lookSlowly, safePoint } from './safe-point.ts'
import { snapshotModules, takeSnapshot } from './snapshot.ts'
import { stateDocument } from './state-document.ts'
import { tellModules } from './tell-modules.ts'
import { trainerCalls, type UncheckedKernel } from './trainer-calls.ts'

/** The safe point of a training loop. */
export interface Kernel {
  /**
   * Between two steps: applies what is due, and tells the modules of the events. Blocks only while paused.
   *
   * Costs a fraction of a microsecond when there is nothing to do. Never throws for what comes from outside.
   * @param env `env.step` is the step just trained, a whole number >= 0.
   * @param events Their names, such as `train_step_end`; free text. Default none.
   * @throws KernelError `bad-call` when the first call has no such step, or events that are no list of names. Later calls do
   * not throw for it: it is noted once, the call counts as another one of the last step, and text is taken for one event.
   */
  apply(env: Env, events?: readonly string[]): ApplyResult
  /** The same, yielding to the event loop while paused, and waiting for checkpoint handlers that give promises. */
  applyAsync(env: Env, events?: readonly string[]): Promise<ApplyResult>
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
   * Asks for a change on the trainer's own behalf, such as a checkpoint every so many steps: it is made at the next
   * safe point, through freeze and into the ledger. Its source is `trainer` unless it says another.
   *
   * @returns The `cid` that its ledger line will have; null on a rank above 0, which leaves it to rank 0.
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
  const { collective, log = () => undefined } = options
  if (collective !== undefined && collective.rank > 0) return trainerCalls(createFollower(options, collective), log)
  const core = createCore(options)
  openAttempt(core)
  return trainerCalls(kernelOf(core), core.note)
}

const SLOW_LOOK_MS = 100
const MEET_SECONDS = 0.05
const NO_EVENTS: readonly string[] = Object.freeze([])

// The ledger is its own fence: whoever writes the highest attempt holds the directory.
function openAttempt(core: Core): void {
  const { recorder, opening } = core
  const payload: Record<string, Json> = { n: recorder.attempt, token: core.token, step: null, cut: false }
  if (opening?.isForeign && Object.keys(opening.done).length > 0) payload.done = { ...opening.done }
  Object.assign(payload, lossAtOpen(core))
  recorder.record(attemptAsk(), { decision: 'applied', payload })
  recorder.flush()
  checkFence(core)
  for (const module of core.modules) {
    try {
      module.attach?.(core.context('live', module.name))
    } catch (error) {
      core.note(`module \`${module.name}\` could not be attached: ${messageOf(error)}`)
    }
  }
  lookAhead(core)
  if (!core.superseded) core.documents.writeAll(0, () => stateDocument(core))
}

function kernelOf(core: Core): UncheckedKernel {
  const { clock, state, options } = core
  const lookMs = options.lookMs ?? 2
  let nextLook = Number.NEGATIVE_INFINITY
  let nextSlowLook = Number.NEGATIVE_INFINITY
  let lookedAt: { readonly now: number; readonly step: number } | null = null

  /** Takes note of where the loop is. True when it is time to look. */
  function arrive(env: Env, events: readonly string[]): boolean {
    const { step } = env
    core.isEnd = false
    if (step === core.step) {
      core.call++
      if (core.savedTags.length > 0) recountCalls(core)
    } else {
      if (step < core.step && core.begun) core.note(`step ${step} after step ${core.step}: taken as given`)
      core.step = step
      core.call = 0
      if (core.savedTags.length > 0) core.savedTags.length = 0
    }
    core.calls.arrive(step, core.call)
    core.env = env
    core.events = events
    core.told = false
    core.isChangedAfter = false
    takeTotal(env)
    if (!core.begun) {
      if (core.opening !== null && core.opening.history.entries.length > 0) {
        core.note(`step ${step} ran without the history before it: call \`continueFrom\` before the loop`)
      }
      takePlace(core)
      beginAt(core, step, null)
      core.step = step
      core.call = 0
    }
    if (state?.isMoving) for (const problem of state.tick(step, envMetrics(env))) core.note(problem)
    return core.ranks === null || core.ranks.lost !== null ? clock.now() >= nextLook : core.ranks.isDue(core)
  }

  function takeTotal(env: Env): void {
    const total = envTotal(env)
    if (total !== null) core.total = total
  }

  function isBusy(): boolean {
    const { step } = core
    // Several ranks do everything else at the places where they meet.
    if (core.ranks !== null) return isSaveAsked(core)
    return (
      core.submitted.length > 0 ||
      core.paused ||
      core.recorder.isDegraded ||
      core.intake?.isBehind === true ||
      step >= core.history.nextStep ||
      step >= core.held.nextStep ||
      step >= core.recipe.nextStep
    )
  }

  // Nearly all that a trainer pays for us are looks that find nothing: they leave the safe point's machinery alone.
  function lookAround(): boolean {
    const now = clock.now()
    nextLook = now + lookMs
    measure(now)
    const isSlow = now >= nextSlowLook
    if (isSlow) {
      nextSlowLook = now + SLOW_LOOK_MS
      lookSlowly(core)
    }
    const isSeen = look(core)
    if (isSeen || isSlow || core.ranks !== null || core.intake?.look() === true) return true
    core.documents.write(now, stepOf(core), describeState)
    return false
  }

  const describeState = (): StateDocument => stateDocument(core)

  function isDue(isLook: boolean): boolean {
    return !core.superseded && ((isLook && lookAround()) || isBusy())
  }

  function* visit(isLook: boolean, drive: 'sync' | 'async'): Generator<Wait, void, void> {
    core.rewound = null
    yield* safePoint(core, isLook, drive)
    if (isLook) core.ranks?.end(endOf())
    recordLost(core)
  }

  /** What the ranks are told at the end: they meet again in some 50 ms, or when something is due. */
  function endOf(): Parameters<NonNullable<Core['ranks']>['end']>[0] {
    const { step, call, stopped, recipeTrouble, rewound, superseded } = core
    const stop = stopped || recipeTrouble !== null
    const from = rewound ?? step + 1
    if (isEndDue(core) && !core.isEnd) {
      return { next: { step, call, end: true }, paused: false, stop, rewound }
    }
    const due = Math.min(core.history.nextStep, core.held.nextStep, core.recipe.nextStep)
    const steps = Math.max(1, Math.round(MEET_SECONDS / Math.max(core.stepSeconds ?? 0, 1e-6)))
    const isDueHere = rewound === null && due <= step
    const isSoon = core.submitted.length > 0 || core.intake?.isBehind === true || core.stepSeconds === null
    const next = isDueHere
      ? { step, call: call + 1 }
      : { step: isSoon ? from : Math.min(from - 1 + steps, Math.max(due, from)), call: 0 }
    return { next: superseded ? null : next, paused: false, stop, rewound }
  }

  function measure(now: number): void {
    const { step } = core
    if (lookedAt !== null && step > lookedAt.step) {
      const seconds = (now - lookedAt.now) / 1000 / (step - lookedAt.step)
      core.stepSeconds = core.stepSeconds === null ? seconds : 0.8 * core.stepSeconds + 0.2 * seconds
    }
    lookedAt = { now, step }
  }

  function result(): ApplyResult {
    return resultOf({
      stop: core.stopped || core.recipeTrouble !== null,
      paused: core.paused,
      rewound: core.rewound,
      degraded: core.recorder.isDegraded,
      superseded: core.superseded,
    })
  }

  function outcome(): ApplyResult {
    const { stopped, recipeTrouble, paused, rewound, recorder, superseded } = core
    if (!stopped && recipeTrouble === null && !paused && rewound === null && !recorder.isDegraded && !superseded)
      return IDLE
    return result()
  }

  /** Whether something belongs to the end of this call; ranks do what they said when they met. */
  function isEndHere(): boolean {
    if (core.ranks === null) return isEndDue(core)
    return isEndDue(core) && core.ranks.isDue({ step: core.step, call: core.call, end: true })
  }

  function* leave(drive: 'sync' | 'async'): Generator<Wait, void, void> {
    yield* endOfCall(core, drive)
    core.ranks?.end(endOf())
    recordLost(core)
  }

  return {
    signal: core.abort.signal,
    get seq() {
      return core.recorder.seq
    },
    apply(env, events = NO_EVENTS) {
      if (core.closed) return IDLE
      const isLook = arrive(env, events)
      core.rewound = null
      if (isDue(isLook)) {
        for (const wait of visit(isLook, 'sync')) if ('ms' in wait) core.options.sleep?.block?.(wait.ms)
      }
      if (core.rewound === null && core.listeners.length > 0) tellModules(core)
      if (core.saves.length > 0) saveNow(core, 'sync')
      if (isEndHere()) for (const _never of leave('sync'));
      return outcome()
    },
    async applyAsync(env, events = NO_EVENTS) {
      if (core.closed) return IDLE
      const isLook = arrive(env, events)
      core.rewound = null
      if (isDue(isLook)) {
        for (const wait of visit(isLook, 'async'))
          await ('ms' in wait ? core.options.sleep?.wait?.(wait.ms) : wait.promise)
      }
      if (core.rewound === null && core.listeners.length > 0) tellModules(core)
      if (core.saves.length > 0) await saveNow(core, 'async')
      if (isEndHere()) for (const wait of leave('async')) if ('promise' in wait) await wait.promise
      return outcome()
    },
    continueFrom(env, snapshot = null) {
      if (core.begun) throw new KernelError('closed', '`continueFrom` must be called once, before the first `apply`')
      core.step = env.step - 1
      core.call = -1
      takeTotal(env)
      const saves = core.submitted.filter(isSave)
      core.submitted = core.submitted.filter((ask) => !isSave(ask))
      beginAt(core, env.step, snapshot)
      saveBeforeLoop(core, env.step, saves)
      core.ranks?.end({
        next: { step: env.step, call: 0 },
        paused: false,
        stop: core.recipeTrouble !== null,
        rewound: null,
      })
      recordLost(core)
      core.recorder.flush()
      return result()
    },
    submit(asked) {
      const read = readSubmittedOp(asked)
      if (!read.ok) throw new TypeError(read.reason)
      const { source = 'trainer', note = null } = read.value
      const cid = core.nextCid()
      core.submitted.push(askFor(opOf(read.value), 'live', source, { notes: note, cid }))
      return cid
    },
    snapshot() {
      const snapshot = takeSnapshot(core)
      core.recorder.flush()
      core.ledger.sync?.()
      return { ...snapshot }
    },
    close() {
      if (core.closed) return
      close(core)
    },
  }
}

// Said once: from here on no command is taken, and training goes on.
function recordLost(core: Core): void {
  const lost = core.ranks?.lost ?? null
  if (lost === null || core.isLostTold) return
  core.isLostTold = true
  // Nobody could end it any more.
  core.paused = false
  const op = { module: 'core', op: 'collective', id: 'main', params: null }
  const error = `the ranks cannot be reached, no more commands are taken: ${lost}`
  core.recorder.record(askFor(op, 'kernel', 'kernel'), { decision: 'failed', error })
  core.recorder.flush()
  core.note(error)
}

function close(core: Core): void {
  const { policy } = core.freeze.state
  if (!core.superseded) {
    checkFence(core)
    core.told = false
    takePlace(core)
    recordMissed(core)
  }
  snapshotModules(core)
  core.closed = true
  if (!core.superseded) {
    core.recorder.flush()
    core.ledger.sync?.()
    core.documents.writeAll(Math.max(0, core.step), () => stateDocument(core))
  }
  for (const module of core.modules as readonly HotModule[]) {
    try {
      module.close?.()
    } catch (error) {
      core.note(`module \`${module.name}\` could not be closed: ${messageOf(error)}`)
    }
  }
  const { commands, ledger, freeze, yaml } = core.options
  for (const part of [commands, ledger, freeze, yaml]) part?.close?.()
  if (policy === 'strict' && core.replayProblems.length > 0) throw new RecipeError(core.replayProblems)
}
