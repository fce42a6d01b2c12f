import type { HostedCosts } from '@hotcb/cb'
import type { ActuatorType, ApplyResult, Json, JsonObject, SubmittedOp } from '@hotcb/protocol'

/** Version of the lines between a trainer's client and the sidecar. Both sides refuse any other. */
export const WIRE_VERSION = 1

/** The longest line, in bytes. */
export const MAX_LINE_BYTES: number = 16 * 1024 * 1024

/** A control of the trainer. Requests name it by its index in the list of `open`. */
export interface RemoteControl {
  readonly key: string
  readonly type: ActuatorType
  readonly group: string
  readonly label?: string
  readonly unit?: string
  readonly min?: number
  readonly max?: number
  /** Step of a slider; not enforced. */
  readonly step?: number
  readonly choices?: readonly Json[]
  /** Names of the parameter groups; absent: one without a name. */
  readonly groups?: readonly string[]
  readonly positions?: readonly number[]
  readonly aliases?: readonly string[]
  /** The values at registration, one for each parameter group. */
  readonly initial: readonly Json[]
  /** One value for all groups keeps the ratio that each has to group 0. */
  readonly keep?: boolean
  readonly rampable?: boolean
  readonly metric?: string
  /** The trainer has its own schedule and multiplies its rates by our scale: only `lr`. */
  readonly scheduled?: boolean
}

/** Options of a collector; names as in `MetricsCollectorOptions`. */
export interface RemoteMetrics {
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
  readonly every_n?: number
  /** As `system` of `openMetricsCollector`. */
  readonly system?: boolean | number
}

/** The first line of a client. */
export interface OpenMessage {
  readonly k: 'open'
  readonly bridge: number
  readonly run_dir: string
  readonly controls: readonly RemoteControl[]
  /** Values at registration, of a trainer that loaded a checkpoint before it registered. */
  readonly registered?: JsonObject
  readonly identity: { readonly pid: number; readonly host: string }
  readonly continue: 'history' | 'cut' | 'off'
  readonly paused: boolean
  /** False: the trainer's metrics are not written. */
  readonly metrics: RemoteMetrics | false
  /** Whether the trainer has handlers for checkpoints. */
  readonly handlers: { readonly save: boolean; readonly load: boolean; readonly no_load?: string }
  /** Functions of the trainer that commands may call, by path: the module `ctl`. */
  readonly functions?: readonly { readonly path: string; readonly description: string }[]
  /** The trainer's own callbacks; absent if it cannot run any. Number -1 is the first of them, -2 the second. */
  readonly callbacks?: readonly OwnCallback[]
  /** Folders from which callbacks may be loaded. @defaultValue the run directory and the working directory */
  readonly roots?: readonly string[]
  /** The number of ranks, if there are several: this trainer carries out each request on all of them. */
  readonly world?: number
  /** How many checkpoints named `step-N` are kept. */
  readonly keep?: number
  /** Names of the metrics of each shape that is already in the ring. */
  readonly shapes: readonly (readonly string[])[]
}

/** A callback that belongs to the trainer, and those of its methods that may be called. */
export interface OwnCallback {
  readonly id: string
  readonly methods: readonly string[]
}

/** The position of a safe point. */
export interface RemoteEnv {
  readonly step: number
  readonly epoch?: number | null
  readonly phase?: string | null
  readonly max_steps?: number | null
}

/** Fields that every contact may have. */
interface Carried {
  /** Bytes that the client has ever put into the ring. */
  readonly head: number
  /** The current rate of the trainer's schedule in each parameter group. */
  readonly rates?: readonly number[]
  readonly submits?: readonly SubmittedOp[]
  /** Why the other ranks cannot be reached any more. */
  readonly lost?: string
  readonly callbacks?: CallbackNews
}

/** The report of a trainer about its callbacks, each by the number of its load. */
export interface CallbackNews {
  /** The callbacks that it has stopped, with the reasons. */
  readonly trips?: readonly (readonly [number: number, reason: string])[]
  readonly costs?: readonly (readonly [number: number, costs: HostedCosts])[]
}

export interface ContinueMessage extends Carried {
  readonly k: 'continue'
  readonly env: RemoteEnv
  readonly snapshot: JsonObject | null
}

/** Present if a sidecar is replaced while the training continues. */
export interface TakeoverMessage extends Carried {
  readonly k: 'takeover'
  readonly place: { readonly step: number; readonly call: number }
  /** The attempt with which the trainer began. */
  readonly since: number
  readonly max_steps?: number | null
  readonly snapshot: JsonObject | null
}

export interface ApplyMessage extends Carried {
  readonly k: 'apply'
  readonly env: RemoteEnv
  readonly events: readonly string[]
  readonly call: number
  /** The last step at which the client itself moved controls, by the tables of `moves`. */
  readonly moved?: number
}

/** Opens the queue of runtimectl instead of a run. */
export interface QueueMessage {
  readonly k: 'queue'
  readonly bridge: number
  readonly dir: string
}

/** Applies what is waiting in the queue; controls that are new since the last poll come with it. */
export interface PollMessage {
  readonly k: 'poll'
  readonly register?: readonly { readonly path: string; readonly overwrite?: boolean; readonly description?: string }[]
}

/** Opens callbacks without a run: `HotController`. */
export interface ControllerMessage {
  readonly k: 'controller'
  readonly bridge: number
  readonly run_dir: string
  readonly config?: string
  readonly commands?: string
  readonly roots?: readonly string[]
}

/** Reads what is new in the files of a controller, and applies it. */
export interface ControlMessage {
  readonly k: 'control'
  readonly step: number
  readonly callbacks?: CallbackNews
  readonly submits?: readonly SubmittedOp[]
  /** Whether to close it. */
  readonly close?: boolean
}

/** The end of a controller's contact. */
export interface Controlled {
  readonly k: 'done'
  /** Lines that were written to its log in the meantime. */
  readonly log: readonly string[]
  readonly status: Json
}

/** The end of a poll. */
export interface Polled {
  readonly k: 'done'
  /** The lines of `acks.jsonl` that it has written. */
  readonly acks: readonly Json[]
}

/** Everything that a client says on its own. */
export type Contact =
  | ControllerMessage
  | ControlMessage
  | QueueMessage
  | PollMessage
  | OpenMessage
  | ContinueMessage
  | TakeoverMessage
  | ApplyMessage
  | ({ readonly k: 'snapshot' } & Carried)
  | ({
      readonly k: 'close'
      /** Where the loop is; absent before its first safe point. */
      readonly place?: { readonly step: number; readonly call: number }
    } & Carried)
  | { readonly k: 'bell'; readonly head: number }

/** The values of one control at the next steps. */
export interface Moves {
  readonly i: number
  readonly first: number
  readonly rows: readonly (readonly Json[])[]
}

/** The end of a contact. */
export interface Done {
  readonly k: 'done'
  readonly result: ApplyResult
  /** The first step at which the next contact must be made; null is never. */
  readonly due: number | null
  /** Seq of the last ledger line. */
  readonly seq: number
  /** Seq of the last line that is in the file. */
  readonly written: number
  /** Size of that file. */
  readonly bytes: number
  readonly attempt: number
  readonly moves?: readonly Moves[]
  readonly snapshot?: JsonObject
  /** One line for each problem of a strict replay, at close. */
  readonly problems?: readonly string[]
}

/** A contact that was refused. */
export interface Refused {
  readonly k: 'error'
  readonly code: string
  readonly message: string
}

/** A request of the sidecar to the trainer during a contact; each has one answer. */
export type Request =
  | { readonly k: 'get'; readonly i: number }
  | Setting
  | { readonly k: 'tell' }
  | { readonly k: 'save'; readonly tag: string; readonly dir: string; readonly step: number }
  | {
      readonly k: 'load'
      readonly tag: string
      readonly dir: string
      /** The ledger line that will record it. */
      readonly seq: number | null
      readonly cid: string | null
    }
  | { readonly k: 'wait'; readonly ms: number }
  | CallbackRequest
  /** Checks the arguments of a command, and keeps the accepted values; the answer contains them, if JSON can represent them. */
  | { readonly k: 'ctl.check'; readonly path: string; readonly args: readonly Json[]; readonly kwargs: JsonObject }
  /** Calls the control with the values that were checked last. */
  | { readonly k: 'ctl.call'; readonly path: string; readonly seq?: number | null; readonly cid?: string | null }

/** A request about callbacks; `n` is the number of a load, which is never used again by this sidecar, or that of one of the trainer itself. */
export type CallbackRequest =
  /** The relative imports of a source: `{specifier, candidates, line, optional}` each. */
  | { readonly k: 'cb.imports'; readonly path: string; readonly place: string; readonly text: string }
  /** Compiles exactly these sources, or finds an installed module, and keeps its symbol. */
  | {
      readonly k: 'cb.load'
      readonly n: number
      readonly id: string
      readonly symbol: string
      readonly entry?: string
      readonly files?: readonly CallbackSource[]
      readonly module?: string
    }
  /** Creates the callback; the answer lists its methods. */
  | { readonly k: 'cb.make'; readonly n: number; readonly init: JsonObject }
  | { readonly k: 'cb.call'; readonly n: number; readonly method: string; readonly args: readonly Json[] }
  /** Exactly these run from the next event on, in this order. */
  | { readonly k: 'cb.run'; readonly list: readonly number[] }

export interface CallbackSource {
  readonly path: string
  /** The original path, for traces. */
  readonly place: string
  readonly code: string
  readonly sha256: string
  /** Paths of its relative imports, by specifier. */
  readonly imports: Readonly<Record<string, string>>
}

/** A new value, or a new scale, of a control. */
export interface Setting {
  readonly k: 'set' | 'scale'
  readonly i: number
  readonly v: readonly Json[]
  /** Seq of the ledger line that will record it; null if there is none. */
  readonly seq: number | null
  readonly cid: string | null
}

/** An answer of the trainer. */
export type Answer =
  | { readonly v: Json }
  | {
      readonly error: string
      readonly trace?: string
      /** The ranks that refused it, if others did not. */
      readonly ranks?: readonly number[]
      /** Why the other ranks cannot be reached any more. */
      readonly lost?: string
    }
