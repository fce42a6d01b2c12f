import type { MutableState } from '@hotcb/actuators'
import type { HotModule, ModuleContext } from '@hotcb/protocol'
import type { Answered } from './answered.ts'
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
import type { Standing } from './standing.ts'
import type { YamlWatch } from './yaml.ts'

/** A module that wants to hear of events, with what it is given. */
export interface Listener {
  readonly module: HotModule
  readonly context: ModuleContext
}

/** What the parts of one kernel share: three that own what changes, and services. */
export interface KernelParts extends Services {
  /** Where the training loop is. */
  readonly loop: Loop
  /** Whether the run is paused, stopped, taken over. */
  readonly condition: Condition
  /** What waits to be done. */
  readonly queues: Queues
}

/** What does the work; which service there is never changes. */
export interface Services {
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
  /** Which ids are decided, or asked for. */
  readonly answered: Answered
  readonly standing: Standing
  readonly freeze: FreezeWatch
  readonly intake: Intake | null
  readonly yaml: YamlWatch | null
  readonly documents: Documents
  readonly pace: Pace
  readonly deciding: DecidingWatch
  /** Tells this attempt from every other. */
  readonly token: string
  note(message: string): void
  /** An id for something that was asked for in this process. */
  nextCid(): string
  /** What a module is given: `module` is its name, and the source of what it submits. */
  context(channel: ModuleContext['channel'], module: string): ModuleContext
}

/** Why the other ranks cannot be reached; null while they can, and where there are none. */
export function lostRanks({ ranks, options }: Services): string | null {
  return ranks?.lost ?? options.crew?.lost ?? null
}

/** Whether the ledger was cut, removed or replaced: nothing is taken until it is accepted. */
export function isLedgerLost({ ledger }: Services): boolean {
  return (ledger.lost ?? null) !== null
}
