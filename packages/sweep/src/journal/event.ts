import { isObject, parseJson } from '@hotcb/protocol'
import type { TrialDocument } from '../plan/trial.ts'

/** A trial's index and the number of the attempt. */
export type AttemptRef = readonly [i: number, n: number]

/** The requests that can be made about a trial. */
export const WANTS = ['stop', 'prune', 'pause', 'hold', 'resume'] as const
export type Want = (typeof WANTS)[number]

/** The state of an attempt, as a mark or an executor reports it. */
export type SeenState = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled'

/** The known facts about an attempt in its current state. */
export interface SeenFacts {
  readonly code?: number
  readonly signal?: number
  /** The class of a failure: `oom`, `timeout`, `killed`, `exit` and so on. */
  readonly reason?: string
  readonly node?: string
  /** Epoch seconds. */
  readonly begun?: number
  /** Epoch seconds. */
  readonly ended?: number
  readonly job?: string
  readonly gpus?: string
  /**
   * The last line that it printed. It is recorded when the attempt ends, so that tables need not open the log. Empty if it printed nothing.
   */
  readonly last_log?: string
  /** The highest step that it reached. Known once it has ended. */
  readonly step?: number
  /** The time, in epoch seconds, from which neither the queue nor the accounting lists the attempt; 0 once one of them lists it. */
  readonly missing?: number
  /** Why it is waiting, in the scheduler's words. */
  readonly waits?: string
  /** Why the scheduler ended its last run and requeued it: `preempted`, `node_fail`, `requeued`. */
  readonly again?: string
  /** The end state that HyperHerd recorded. It is used if the scheduler has forgotten the attempt. */
  readonly recorded?: SeenState
}

export type SeenRow = readonly [i: number, n: number, r: number, state: SeenState, facts: SeenFacts]

/** The content of a journal line. */
export type SweepEvent =
  | {
      readonly type: 'open'
      readonly host: string
      readonly pid: number
      readonly start: string | null
      readonly token: string
      readonly command: string
      /** The position of the last line that the writer had read. */
      readonly after: readonly [n: number, k: number]
    }
  | {
      readonly type: 'config'
      readonly sha256: string
      readonly text: string
      /** The executor given on the command line, which replaces the config's. */
      readonly executor?: string
      /** The number of concurrent trials given on the command line, if any, which replaces the config's. */
      readonly max_concurrent?: number
      /** The memory and time of each SLURM task given on the command line, if any, which replace the config's. */
      readonly mem?: string
      readonly time?: string
      /** The stages requested on the command line, if any. */
      readonly stages?: readonly string[]
    }
  | { readonly type: 'plan'; readonly trials: readonly TrialDocument[] }
  | { readonly type: 'drop'; readonly trials: readonly number[] }
  | { readonly type: 'orphan'; readonly trials: readonly number[] }
  | { readonly type: 'revive'; readonly trials: readonly number[] }
  | {
      readonly type: 'call'
      readonly trials: readonly number[]
      /** The name of a program's decision. Only one line with a given name is written. */
      readonly act?: string
      /** The SLURM memory and time limit of these trials from now on. */
      readonly mem?: string
      readonly time?: string
    }
  | {
      readonly type: 'wish'
      readonly trials: readonly number[]
      readonly want: Want
      readonly why?: string
      /** Whether to send KILL immediately, without time to save; absent otherwise. */
      readonly kill?: boolean
      /** As in `call`. */
      readonly act?: string
    }
  | {
      readonly type: 'intent'
      readonly sid: string
      readonly executor: string
      readonly attempts: readonly AttemptRef[]
      /** The number of each attempt within the submission; omitted if it equals the trial's index. */
      readonly tasks?: readonly number[]
      /** The GPUs of each attempt, in CUDA_VISIBLE_DEVICES format; absent if no attempt has GPUs. */
      readonly gpus?: readonly string[]
      /** The number of attempts that may run at a time; omitted for no limit. */
      readonly throttle?: number
      /** The number of a job that HyperHerd had already submitted, at an unknown time; empty if its number is lost. */
      readonly job?: string
      /** With `job`: the end state that HyperHerd recorded for each attempt; null for none. */
      readonly recorded?: readonly (SeenState | null)[]
    }
  | { readonly type: 'sent'; readonly sid: string; readonly job: string }
  | { readonly type: 'unsent'; readonly sid: string; readonly proof: string }
  | { readonly type: 'seen'; readonly rows: readonly SeenRow[] }
  | {
      readonly type: 'decide'
      readonly planner: string
      readonly key: string
      readonly trial: number
      readonly verdict: string
      readonly evidence: Readonly<Record<string, unknown>>
    }
  /**
   * The outcome of a population decision: the result, in the trial's ledger, of loading the checkpoint of the donor (the trial that is
   * copied).
   */
  | {
      readonly type: 'lineage'
      readonly key: string
      readonly trial: number
      readonly from: number
      readonly outcome: 'applied' | 'failed'
      /** The ledger line of the trial, if there is one. */
      readonly seq?: number
      readonly why?: string
    }
  | { readonly type: 'told'; readonly i: number; readonly n: number; readonly what: string }
  /** Sets how many attempts of a submission may run at a time. */
  | { readonly type: 'throttle'; readonly sid: string; readonly tasks: number }
  | { readonly type: 'exported'; readonly sha256: string }
  /** Records that changes by HyperHerd have been imported into the journal. */
  | { readonly type: 'adopted'; readonly sha256: string }

/** A journal line: its position, time, writer and content. */
export interface JournalLine {
  /** The number of the claim (the right to write) under which it was written. */
  readonly n: number
  readonly k: number
  /** Epoch seconds. */
  readonly ts: number
  readonly by: string
  readonly event: SweepEvent
}

/** Formats a line, without the line break. */
export function formatJournalLine({ n, k, ts, by, event }: JournalLine): string {
  const { type, ...rest } = event
  return JSON.stringify({ n, k, ts, type, by, ...(event.type === 'told' ? onWire(event) : rest) })
}

// In a line, `n` is the number of its claim, so the notified attempt's number has a different field name.
function onWire({ i, n, what }: Extract<SweepEvent, { type: 'told' }>): Readonly<Record<string, unknown>> {
  return { i, attempt: n, what }
}

function offWire({ attempt, ...event }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { ...event, n: attempt }
}

/** Parses one line; null for an incomplete line, and for a line that no version of this program writes. */
export function readJournalLine(text: string): JournalLine | null {
  const parsed = parseJson(text)
  if (!parsed.ok || !isObject(parsed.value)) return null
  const { n, k, ts, by, type } = parsed.value
  if (!isCount(n) || !isCount(k) || typeof ts !== 'number' || typeof type !== 'string') return null
  const event = eventOf(type, parsed.value)
  if (!isKnown(type, event)) return null
  // `isKnown` above has checked the fields that this type has.
  return { n, k, ts, by: typeof by === 'string' ? by : '', event: event as unknown as SweepEvent }
}

/** Large sweeps have tens of thousands of lines, nearly all of two types. Listing the fields of these types explicitly is faster. */
function eventOf(type: string, line: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (type === 'seen') return { type, rows: line['rows'] }
  if (type === 'sent') return { type, sid: line['sid'], job: line['job'] }
  const { n: _, k: __, ts: ___, by: ____, ...fields } = line
  return type === 'told' ? offWire(fields) : fields
}

const FIELDS: Readonly<Record<string, readonly (readonly [name: string, is: (value: unknown) => boolean])[]>> = {
  open: [['after', (value) => Array.isArray(value) && value.length === 2 && value.every(isCount)]],
  config: [
    ['text', isText],
    ['max_concurrent', (value) => value === undefined || (isCount(value) && value > 0)],
    ['stages', (value) => value === undefined || (Array.isArray(value) && value.every(isText))],
  ],
  plan: [['trials', (value) => Array.isArray(value) && value.every(isTrialDocument)]],
  drop: [['trials', isCounts]],
  orphan: [['trials', isCounts]],
  revive: [['trials', isCounts]],
  call: [
    ['trials', isCounts],
    ['act', isTextOrAbsent],
    ['mem', isTextOrAbsent],
    ['time', isTextOrAbsent],
  ],
  wish: [
    ['trials', isCounts],
    ['act', isTextOrAbsent],
    ['want', (value) => WANTS.some((one) => one === value)],
  ],
  intent: [
    ['sid', isText],
    ['attempts', (value) => Array.isArray(value) && value.every((one) => isCounts(one) && one.length === 2)],
    ['job', (value) => value === undefined || isText(value)],
  ],
  sent: [
    ['sid', isText],
    ['job', isText],
  ],
  unsent: [['sid', isText]],
  seen: [['rows', (value) => Array.isArray(value) && value.every(isSeenRow)]],
  decide: [
    ['key', isText],
    ['trial', isCount],
    ['verdict', isText],
  ],
  lineage: [
    ['key', isText],
    ['trial', isCount],
    ['from', isCount],
    ['outcome', (value) => value === 'applied' || value === 'failed'],
  ],
  told: [
    ['i', isCount],
    ['n', isCount],
    ['what', isText],
  ],
  throttle: [
    ['sid', isText],
    ['tasks', isCount],
  ],
  exported: [['sha256', isText]],
  adopted: [['sha256', isText]],
}

function isKnown(type: string, event: Readonly<Record<string, unknown>>): boolean {
  const fields = Object.hasOwn(FIELDS, type) ? FIELDS[type] : undefined
  return fields?.every(([name, is]) => is(event[name])) ?? false
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isCount)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || isText(value)
}

function isTrialDocument(value: unknown): boolean {
  return (
    isObject(value) &&
    isCount(value['i']) &&
    isText(value['hash']) &&
    isText(value['name']) &&
    isObject(value['params']) &&
    (value['stage'] === undefined || isText(value['stage'])) &&
    (value['parent'] === undefined || isCount(value['parent']))
  )
}

function isSeenRow(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length === 5 &&
    isCount(value[0]) &&
    isCount(value[1]) &&
    isCount(value[2]) &&
    isText(value[3]) &&
    isObject(value[4])
  )
}
