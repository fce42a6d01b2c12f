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

/** What a kernel is made of. Every part is optional; what is not given is not done. */
export interface KernelOptions {
  /** The trainer's controls: what `opt`, `loss` and any name of the user's own change. */
  readonly state?: MutableState
  /** Callbacks, tuner, collectors; told in this order. */
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
  /** Gives numbers in [0, 1): the attempt's token comes from it. */
  readonly random?: () => number
  /** Writes a line to the run's log. */
  readonly log?: (message: string) => void
  /** How often to look for commands, in milliseconds of running time. @defaultValue 2 */
  readonly lookMs?: number
  /**
   * What `continueFrom` does with changes at or after its step: make them again, or cut them off; `off` starts anew.
   *
   * @defaultValue 'history'
   */
  readonly continue?: 'history' | 'cut' | 'off'
  /** Several ranks of one training: rank 0 reads and decides, and all do the same at the same step. */
  readonly collective?: Collective
  /** Told to the modules that keep files there. */
  readonly runDir?: string
  /** What of the ledger was no longer there when it was opened. */
  readonly ledgerLoss?: LedgerLoss | null
  /** Name, version, process and host for the state document. */
  readonly identity?: KernelIdentity
  /** Whether the run begins paused: a pause that the process before it did not outlive. @defaultValue false */
  readonly paused?: boolean
  /**
   * Values of the controls when they were registered, by key, for a trainer that loaded a checkpoint before: `kernel.registered` of
   * its snapshot. History is folded from them. @defaultValue those that the controls have now
   */
  readonly registered?: JsonObject
  /** The other ranks, where the host speaks for them: told in the state document. */
  readonly crew?: Crew
  /**
   * Whether documents wait until the host asks for them with `attention.write()`, so that a safe point is answered first. Those at
   * open, in a pause and at close do not. @defaultValue false
   */
  readonly lateDocuments?: boolean
  /**
   * hotcb 2's name for how many steps lie between two looks. Accepted and ignored, with one note in the log: a clock decides when to
   * look (`lookMs`), so that a look costs a slow step as little as a fast one.
   */
  readonly debounceSteps?: number
}

/** The ranks of a training whose host does on all of them what the kernel asks. */
export interface Crew {
  readonly worldSize: number
  /** Why they cannot be reached: no more commands are taken, and training goes on. */
  readonly lost: string | null
}

export interface KernelIdentity {
  readonly name: string
  readonly version: string
  readonly pid: number | null
  readonly host: string | null
  /** What tells this process from every other of its pid: `processStart()` of @hotcb/journal. @defaultValue null */
  readonly start?: string | null
}

/** The desired state that a person keeps in `hotcb.yaml`. */
export interface YamlPort extends DocumentPort {
  /** Reads a YAML text: `parseYaml` of `@hotcb/protocol/yaml`. */
  readonly parse: YamlReader
}

/** Why a kernel cannot do what its trainer's programmer asked for. */
export type KernelErrorCode =
  | 'bad-option'
  | 'bad-call'
  | 'rank-without-collective'
  | 'closed'
  | 'cannot-open'
  | 'recipe'

/** Wrong use of a kernel by its trainer; nothing that comes from outside throws. */
export class KernelError extends Error {
  override readonly name = 'KernelError'
  readonly code: KernelErrorCode

  constructor(code: KernelErrorCode, message: string, options?: ErrorOptions) {
    // It may quote a file, and Node prints what nobody catches to the terminal.
    super(printable(message), options)
    this.code = code
  }
}

/** A strict replay that was not followed to the letter; thrown by `close`, and only there. */
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
