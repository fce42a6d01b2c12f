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

/** The parts from which a kernel is built. All parts are optional; if one is missing, its work is skipped. */
export interface KernelOptions {
  /** The trainer's controls: the targets of `opt`, `loss` and any custom name. */
  readonly state?: MutableState
  /** The modules, such as callbacks, the tuner and collectors. They are called in this order. */
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
  /** How often to check for commands, in milliseconds of running time. @defaultValue 2 */
  readonly lookMs?: number
  /**
   * What `continueFrom` does with changes at or after its step: re-apply them, or cut them; `off` starts over.
   *
   * @defaultValue 'history'
   */
  readonly continue?: 'history' | 'cut' | 'off'
  /**
   * Connects several ranks of one training run. Rank 0 reads and decides, and all ranks apply the same changes at the
   * same step.
   */
  readonly collective?: Collective
  /** The run directory, for modules that keep files in it. */
  readonly runDir?: string
  /** The loss of the ledger, if one was detected when the ledger was opened. */
  readonly ledgerLoss?: LedgerLoss | null
  /** The name, version, process and host to write to the state document. */
  readonly identity?: KernelIdentity
  /** Whether the run begins paused, because it was paused when the previous process exited. @defaultValue false */
  readonly paused?: boolean
  /**
   * Values of the controls at registration, by key, for a trainer that has already loaded a checkpoint:
   * `kernel.registered` of its snapshot. The changes in the history are then applied to these values. @defaultValue the
   * current values
   */
  readonly registered?: JsonObject
  /** The other ranks, if the host acts for them. The state document lists them. */
  readonly hostRanks?: HostRanks
  /**
   * Whether documents are written only when the host calls `attention.write()`, so that the host can reply to the
   * trainer first. Documents at open, during a pause and at close are written immediately. @defaultValue false
   */
  readonly lateDocuments?: boolean
  /**
   * hotcb 2's option for the number of steps between two checks for commands. It is ignored, which is logged once: the
   * kernel checks every `lookMs` milliseconds, so that the overhead does not depend on how long a step takes.
   */
  readonly debounceSteps?: number
}

/** The ranks of a training run whose host executes the kernel's requests on all of them. */
export interface HostRanks {
  readonly worldSize: number
  /**
   * Why they cannot be reached; null while they can. If set, no more commands are accepted, and training continues.
   */
  readonly lost: string | null
}

export interface KernelIdentity {
  readonly name: string
  readonly version: string
  readonly pid: number | null
  readonly host: string | null
  /**
   * Distinguishes this process from others that have the same pid: `processStart()` of @hotcb/journal. @defaultValue
   * null
   */
  readonly start?: string | null
}

/** The desired state that a person writes in `hotcb.yaml`. */
export interface YamlPort extends DocumentPort {
  /** Parses YAML: `parseYaml` from `@hotcb/protocol/yaml`. */
  readonly parse: YamlReader
}

/** Why a kernel rejects a call from its trainer. */
export type KernelErrorCode =
  | 'bad-option'
  | 'bad-call'
  | 'rank-without-collective'
  | 'closed'
  | 'cannot-open'
  | 'recipe'

/** Thrown when a trainer uses a kernel incorrectly. External input never causes it. */
export class KernelError extends Error {
  override readonly name = 'KernelError'
  readonly code: KernelErrorCode

  constructor(code: KernelErrorCode, message: string, options?: ErrorOptions) {
    // The message may quote a file, and Node prints uncaught errors to the terminal.
    super(printable(message), options)
    this.code = code
  }
}

/** Thrown by `close`, and only there, when a strict replay was not followed exactly. */
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
