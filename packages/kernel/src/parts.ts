import type { MutableState } from '@hotcb/actuators'
import type { HotModule, ModuleContext } from '@hotcb/protocol'
import type { Answered } from './answered.ts'
import type { ChangesInForce } from './changes-in-force.ts'
import type { Condition } from './condition.ts'
import type { DecidingWatch } from './deciding.ts'
import type { Documents } from './documents.ts'
import type { FreezeWatch } from './freeze-watch.ts'
import type { Intake } from './intake.ts'
import type { Loop } from './loop.ts'
import type { KernelOptions } from './options.ts'
import type { Pace } from './pace.ts'
import type { Clock, LedgerPort } from './ports.ts'
import type { Queues } from './queues.ts'
import type { Ranks } from './ranks.ts'
import type { Recorder } from './recorder.ts'
import type { Router } from './router.ts'
import type { YamlWatch } from './yaml.ts'

/** A module that listens to events, with its context. */
export interface Listener {
  readonly module: HotModule
  readonly context: ModuleContext
}

/**
 * Everything that the functions of one kernel share: three objects that contain all mutable state, and the services.
 */
export interface KernelParts extends Services {
  /** The position of the training loop. */
  readonly loop: Loop
  /** Whether the run is paused, stopped or taken over by a newer kernel. */
  readonly condition: Condition
  /** The work that is still pending. */
  readonly queues: Queues
}

/** The services of a kernel. None is added or replaced later. */
export interface Services {
  readonly options: KernelOptions
  readonly clock: Clock
  readonly ledger: LedgerPort
  readonly state: MutableState | null
  readonly modules: readonly HotModule[]
  /** Modules that listen to safe points. */
  readonly listeners: readonly Listener[]
  readonly router: Router
  /** The other ranks of this training run; null if it has only one. */
  readonly ranks: Ranks | null
  readonly recorder: Recorder
  /** The `cid`s that have been decided or requested. */
  readonly answered: Answered
  readonly inForce: ChangesInForce
  readonly freeze: FreezeWatch
  readonly intake: Intake | null
  readonly yaml: YamlWatch | null
  readonly documents: Documents
  readonly pace: Pace
  readonly deciding: DecidingWatch
  /** Identifies this attempt uniquely. */
  readonly token: string
  note(message: string): void
  /** Creates an id for a request in this process. */
  nextCid(): string
  /** Creates the context of a module: `module` is its name, and the source of its submissions. */
  context(channel: ModuleContext['channel'], module: string): ModuleContext
}

/** Returns why the other ranks cannot be reached; null if they can be reached, or if there are none. */
export function lostRanks({ ranks, options }: Services): string | null {
  return ranks?.lost ?? options.hostRanks?.lost ?? null
}

/**
 * Whether the ledger was truncated, removed or replaced. If so, no commands are processed until someone accepts the
 * ledger as it is.
 */
export function isLedgerLost({ ledger }: Services): boolean {
  return (ledger.lost ?? null) !== null
}
