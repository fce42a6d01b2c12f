import type { MutableState } from '@hotcb/actuators'
import type { Env, HotModule, ModuleContext, RecipeEntry } from '@hotcb/protocol'
import type { Agenda, HistoryEntry, HistoryPlace } from '@hotcb/recipe'
import type { Ask } from './ask.ts'
import type { Documents } from './documents.ts'
import type { FreezeWatch } from './freeze-watch.ts'
import type { Intake } from './intake.ts'
import type { LoopCalls } from './loop-calls.ts'
import type { Opening } from './opening.ts'
import type { KernelOptions } from './options.ts'
import type { Clock, LedgerPort } from './ports.ts'
import type { Ranks } from './ranks.ts'
import type { Recorder } from './recorder.ts'
import type { Router } from './router.ts'
import type { Standing } from './standing.ts'
import type { YamlWatch } from './yaml.ts'

/** A module that wants to hear of events, with what it is given. */
export interface Listener {
  readonly module: HotModule
  readonly context: ModuleContext
}

/** What the parts of one kernel share. Fields that change are what the kernel knows of the run right now. */
export interface Core {
  readonly options: KernelOptions
  readonly clock: Clock
  readonly ledger: LedgerPort
  readonly state: MutableState | null
  readonly modules: readonly HotModule[]
  /** Those that want to hear of safe points. */
  readonly listeners: readonly Listener[]
  readonly router: Router
  /** The other ranks of this training; null where it has one. */
  readonly ranks: Ranks | null
  readonly recorder: Recorder
  readonly standing: Standing
  readonly freeze: FreezeWatch
  readonly intake: Intake | null
  readonly yaml: YamlWatch | null
  readonly documents: Documents
  /** Changes of earlier attempts that are made again at their places. */
  readonly history: Agenda<HistoryEntry>
  /** Commands that wait for their `at`. */
  readonly held: Agenda<Ask>
  /** The recipe that is followed in the replay modes. */
  readonly recipe: Agenda<RecipeEntry>
  /** What modules asked for since the last safe point. */
  submitted: Ask[]
  /** Checkpoints to be saved at the end of this safe point. */
  saves: { readonly ask: Ask; readonly tag: string }[]
  /** Whether the modules have heard of this safe point. */
  told: boolean
  /** Whether something was changed after that. */
  isChangedAfter: boolean
  /** Whether the ledger says that the other ranks are lost. */
  isLostTold: boolean
  /** Whether the log and the state document say that the ledger is lost. */
  isLossTold: boolean
  /** The command for which the ledger as it is was accepted last. */
  acceptedCid: string | null
  /** Dropped once the loop has begun. */
  opening: Opening | null
  token: string
  env: Env | null
  events: readonly string[]
  step: number
  /** Which `apply` of this step, from 0; -1 before the first. */
  call: number
  total: number | null
  begun: boolean
  paused: boolean
  stopped: boolean
  rewound: number | null
  /**
   * What is decided now comes after everything else of `step` and belongs to the state before the next step: a checkpoint
   * was loaded in this `apply`, or a call is over and its ends are made.
   */
  isEnd: boolean
  readonly calls: LoopCalls
  /** Checkpoints saved at this step: how many calls it has is written to them when another one comes. */
  readonly savedTags: string[]
  superseded: boolean
  closed: boolean
  /** Why the recipe cannot be followed: nothing live passes, and the first `apply` says stop. */
  recipeTrouble: string | null
  /** What a strict replay will throw at close. */
  readonly replayProblems: string[]
  readonly abort: AbortController
  stepSeconds: number | null
  note(message: string): void
  /** An id for something that was asked for in this process. */
  nextCid(): string
  /** What a module is given: `module` is its name, and the source of what it submits. */
  context(channel: ModuleContext['channel'], module: string): ModuleContext
}

/** The step that changes are made at: before the first safe point, 0. */
export function stepOf(core: Core): number {
  return Math.max(0, core.step)
}

/** The step that is trained next: what a checkpoint saved now goes on with. */
export function nextStepOf(core: Core): number {
  return core.isEnd ? core.step + 1 : stepOf(core) + 1
}

/** Where in history a change made now belongs. */
export function placeOf({ step, call, told, isEnd }: Core): HistoryPlace {
  return { step, call, after: told && !isEnd, end: isEnd }
}

/** Whether the ledger was cut, removed or replaced: nothing is taken until it is accepted. */
export function isLedgerLost({ ledger }: Core): boolean {
  return (ledger.lost ?? null) !== null
}
