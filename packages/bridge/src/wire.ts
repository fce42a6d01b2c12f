import type { HostedCosts } from '@hotcb/cb'
import type { ActuatorType, ApplyResult, Json, JsonObject, SubmittedOp } from '@hotcb/protocol'

/** The version of the lines between a trainer's client and the sidecar. Both sides reject any other version. */
export const WIRE_VERSION = 1

/** The longest line, in bytes. */
export const MAX_LINE_BYTES: number = 16 * 1024 * 1024

/** A control of the trainer. Requests refer to it by its index in the list in `open`. */
export interface RemoteControl {
  readonly key: string
  readonly type: ActuatorType
  readonly group: string
  readonly label?: string
  readonly unit?: string
  readonly min?: number
  readonly max?: number
  /** The step of a slider; not enforced. */
  readonly step?: number
  readonly choices?: readonly Json[]
  /** The names of the parameter groups. Absent: one group without a name. */
  readonly groups?: readonly string[]
  readonly positions?: readonly number[]
  readonly aliases?: readonly string[]
  /** The values at registration, one for each parameter group. */
  readonly initial: readonly Json[]
  /** Whether one value for all groups keeps the ratio that each group has to group 0. */
  readonly keep?: boolean
  readonly rampable?: boolean
  readonly metric?: string
  /** Whether the trainer has its own schedule and multiplies its rates by the kernel's scale. Only for `lr`. */
  readonly scheduled?: boolean
}

/** The options for a collector, with the names from `MetricsCollectorOptions`. */
export interface RemoteMetrics {
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
  readonly every_n?: number
  /** The same as `system` in `openMetricsCollector`. */
  readonly system?: boolean | number
}

/** The first line that a client sends. */
export interface OpenMessage {
  readonly k: 'open'
  readonly bridge: number
  readonly run_dir: string
  readonly controls: readonly RemoteControl[]
  /** The values at registration, from a trainer that loaded a checkpoint before it registered its controls. */
  readonly registered?: JsonObject
  readonly identity: { readonly pid: number; readonly host: string }
  readonly continue: 'history' | 'cut' | 'off'
  readonly paused: boolean
  /** The options for the collector; false if the trainer's metrics are not written. */
  readonly metrics: RemoteMetrics | false
  /** Whether the trainer has handlers for checkpoints. */
  readonly handlers: { readonly save: boolean; readonly load: boolean; readonly no_load?: string }
  /** The trainer's functions that commands may call, by path: the `ctl` module. */
  readonly functions?: readonly { readonly path: string; readonly description: string }[]
  /** The trainer's own callbacks; absent if it cannot run any. The first has the number -1, the second -2, and so on. */
  readonly callbacks?: readonly OwnCallback[]
  /** Folders from which callbacks may be loaded. @defaultValue the run directory and the working directory */
  readonly roots?: readonly string[]
  /** The number of ranks, if there are several. This trainer executes each request on all of them. */
  readonly world?: number
  /** The number of checkpoints named `step-N` to keep. */
  readonly keep?: number
  /** The metric names of each shape that is already in the ring. */
  readonly shapes: readonly (readonly string[])[]
}

/** A callback that belongs to the trainer, with the methods that may be called. */
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
  /** The total number of bytes that the client has put into the ring. */
  readonly head: number
  /** The current rate of the trainer's schedule in each parameter group. */
  readonly rates?: readonly number[]
  readonly submits?: readonly SubmittedOp[]
  /** Why the other ranks can no longer be reached. */
  readonly lost?: string
  readonly callbacks?: CallbackNews
}

/** A trainer's report about its callbacks. Each callback is identified by its load number. */
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

/** The message that is sent when a sidecar is replaced while training continues. */
export interface TakeoverMessage extends Carried {
  readonly k: 'takeover'
  readonly place: { readonly step: number; readonly call: number }
  /** The attempt in which the trainer started. */
  readonly since: number
  readonly max_steps?: number | null
  readonly snapshot: JsonObject | null
}

export interface ApplyMessage extends Carried {
  readonly k: 'apply'
  readonly env: RemoteEnv
  readonly events: readonly string[]
  readonly call: number
  /** The last step for which the client itself set the values of schedules and ramps, using the tables in `moves`. */
  readonly moved?: number
}

/** Opens runtimectl's queue instead of a run. */
export interface QueueMessage {
  readonly k: 'queue'
  readonly bridge: number
  readonly dir: string
}

/** Applies the commands that are pending in the queue. Contains the controls that were added since the last poll. */
export interface PollMessage {
  readonly k: 'poll'
  readonly register?: readonly { readonly path: string; readonly overwrite?: boolean; readonly description?: string }[]
}

/** Opens callbacks without a run, for `HotController`. */
export interface ControllerMessage {
  readonly k: 'controller'
  readonly bridge: number
  readonly run_dir: string
  readonly config?: string
  readonly commands?: string
  readonly roots?: readonly string[]
}

/** Reads new content from a controller's files, and applies it. */
export interface ControlMessage {
  readonly k: 'control'
  readonly step: number
  readonly callbacks?: CallbackNews
  readonly submits?: readonly SubmittedOp[]
  /** Whether to close it. */
  readonly close?: boolean
}

/** The message that ends a controller's contact. */
export interface Controlled {
  readonly k: 'done'
  /** Lines that were logged in the meantime. */
  readonly log: readonly string[]
  readonly status: Json
}

/** The message that ends a poll. */
export interface Polled {
  readonly k: 'done'
  /** The lines that the poll has written to `acks.jsonl`. */
  readonly acks: readonly Json[]
}

/** Every message that a client sends on its own initiative. */
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
      /** The position of the loop; absent before its first safe point. */
      readonly place?: { readonly step: number; readonly call: number }
    } & Carried)
  | { readonly k: 'bell'; readonly head: number }

/** The values of one control at the next steps. */
export interface Moves {
  readonly i: number
  readonly first: number
  readonly rows: readonly (readonly Json[])[]
}

/** The message that ends a contact. */
export interface Done {
  readonly k: 'done'
  readonly result: ApplyResult
  /** The first step at which a contact is needed again; null for never. */
  readonly due: number | null
  /** Seq of the last ledger line. */
  readonly seq: number
  /** The seq of the last line that is in the ledger file. */
  readonly written: number
  /** The size of that file in bytes. */
  readonly bytes: number
  readonly attempt: number
  readonly moves?: readonly Moves[]
  readonly snapshot?: JsonObject
  /** One line for each problem of a strict replay, at close. */
  readonly problems?: readonly string[]
}

/** The answer to a contact that was rejected. */
export interface Refused {
  readonly k: 'error'
  readonly code: string
  readonly message: string
}

/** A request from the sidecar to the trainer during a contact. Each request has exactly one answer. */
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
  /**
   * Validates the arguments of a command, and stores the accepted values. The answer contains them, if JSON can
   * represent them.
   */
  | { readonly k: 'ctl.check'; readonly path: string; readonly args: readonly Json[]; readonly kwargs: JsonObject }
  /** Calls the function with the values that were last validated. */
  | { readonly k: 'ctl.call'; readonly path: string; readonly seq?: number | null; readonly cid?: string | null }

/**
 * A request about callbacks. `n` is a load number, which this sidecar never reuses, or the negative number of one of
 * the trainer's own callbacks.
 */
export type CallbackRequest =
  /** Returns the relative imports of a source file, each as `{specifier, candidates, line, optional}`. */
  | { readonly k: 'cb.imports'; readonly path: string; readonly place: string; readonly text: string }
  /** Compiles exactly these sources, or finds an installed module, and stores its symbol. */
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
  /** Sets the callbacks that will run from the next event on, in this order. */
  | { readonly k: 'cb.run'; readonly list: readonly number[] }

export interface CallbackSource {
  readonly path: string
  /** The original path, for stack traces. */
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

/** An answer from the trainer. */
export type Answer =
  | { readonly v: Json }
  | {
      readonly error: string
      readonly trace?: string
      /** The ranks that rejected it, if other ranks did not. */
      readonly ranks?: readonly number[]
      /** Why the other ranks can no longer be reached. */
      readonly lost?: string
    }
