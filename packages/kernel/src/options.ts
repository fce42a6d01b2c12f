import type { MutableState } from '@hotcb/actuators'
import { type HotModule, type JsonObject, printable, type YamlReader } from '@hotcb/protocol'
import type { Collective } from './collective.ts'
import type { LedgerLoss } from './opening.ts'
import type {
  CheckpointPort,
  Clock,
  CommandSource,
  DocumentPort,
  DocumentSink,
  LedgerPort,
  RecipePort,
  SleepPort,
} from './ports.ts'

/** The parts of a kernel. Every part is optional; the work of a missing part is skipped. */
export interface KernelOptions {
  /** The trainer's controls: the targets of `opt`, `loss` and any custom name. */
  readonly state?: MutableState
  /** Callbacks, tuner, collectors; called in this order. */
  readonly modules?: readonly HotModule[]
  readonly commands?: CommandSource
  readonly ledger?: LedgerPort
  readonly freeze?: DocumentPort
  readonly yaml?: YamlPort
  readonly documents?: DocumentSink
  readonly checkpoints?: CheckpointPort
  readonly recipes?: RecipePort
  readonly clock?: Clock
  readonly sleep?: SleepPort
  /** Returns numbers in [0, 1), for the attempt's token. */
  readonly random?: () => number
  /** Writes a line to the run's log. */
  readonly log?: (message: string) => void
  /** How often to look for commands, in milliseconds of running time. @defaultValue 2 */
  readonly lookMs?: number
  /**
   * What `continueFrom` does with changes at or after its step: re-apply them, or cut them; `off` starts over.
   *
   * @defaultValue 'history'
   */
  readonly continue?: 'history' | 'cut' | 'off'
  /** Several ranks of one training run: rank 0 reads and decides, and all do the same at the same step. */
  readonly collective?: Collective
  /** For modules that keep files there. */
  readonly runDir?: string
  /** The loss of the ledger that was found when it was opened. */
  readonly ledgerLoss?: LedgerLoss | null
  /** Name, version, process and host for the state document. */
  readonly identity?: KernelIdentity
  /** Whether the run begins paused: for a pause that outlived the previous process. @defaultValue false */
  readonly paused?: boolean
  /**
   * Values of the controls at registration, by key, for a trainer that loaded a checkpoint before: `kernel.registered`
   * of its snapshot. History is folded from them. @defaultValue the current values
   */
  readonly registered?: JsonObject
  /** The other ranks, if the host speaks for them: listed in the state document. */
  readonly hostRanks?: HostRanks
  /**
   * Whether documents wait until the host calls `attention.write()`, so that a safe point is answered first. Those at
   * open, in a pause and at close do not wait. @defaultValue false
   */
  readonly lateDocuments?: boolean
  /**
   * hotcb 2's option for the number of steps between two looks. Accepted and ignored, with one note in the log: a clock
   * decides when to look (`lookMs`), so that a look costs a slow step as little as a fast one.
   */
  readonly debounceSteps?: number
}

/** The ranks of a training run whose host executes the kernel's requests on all of them. */
export interface HostRanks {
  readonly worldSize: number
  /** Why they cannot be reached: no more commands are accepted, and training continues. */
  readonly lost: string | null
}

export interface KernelIdentity {
  readonly name: string
  readonly version: string
  readonly pid: number | null
  readonly host: string | null
  /**
   * Distinguishes this process from others with the same pid: `processStart()` of @hotcb/journal. @defaultValue null
   */
  readonly start?: string | null
}

/** The desired state that a person keeps in `hotcb.yaml`. */
export interface YamlPort extends DocumentPort {
  /** Reads a YAML text: `parseYaml` of `@hotcb/protocol/yaml`. */
  readonly parse: YamlReader
}

/** Why a kernel refuses a call of its trainer. */
export type KernelErrorCode =
  | 'bad-option'
  | 'bad-call'
  | 'rank-without-collective'
  | 'closed'
  | 'cannot-open'
  | 'recipe'

/** Incorrect use of a kernel by its trainer; input from outside never throws. */
export class KernelError extends Error {
  override readonly name = 'KernelError'
  readonly code: KernelErrorCode

  constructor(code: KernelErrorCode, message: string, options?: ErrorOptions) {
    // It may quote a file, and Node prints uncaught errors to the terminal.
    super(printable(message), options)
    this.code = code
  }
}

/** A strict replay that was not followed exactly; thrown only by `close`. */
export class RecipeError extends KernelError {
  /** One line for each entry that was late, missed or failed. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`
    super(
      'recipe',
      `strict replay policy: ${count}: ${problems.slice(0, 3).join('; ')}${problems.length > 3 ? '; …' : ''}`,
    )
    this.problems = problems
  }
}
