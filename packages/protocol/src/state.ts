import { FieldReader } from './fields.ts'
import { type FreezeState, readFreeze, UNFROZEN } from './freeze.ts'
import type { Json } from './json.ts'
import { DECISIONS, type Decision } from './ledger.ts'
import type { Result } from './result.ts'

/** The document `hotcb.state.json`: the kernel's position, and its heartbeat. */
export interface StateDocument {
  readonly protocol: number
  readonly kernel: {
    readonly name: string
    readonly version: string
    readonly pid: number | null
    readonly host: string | null
    readonly attempt: number
    /**
     * Identifies one process uniquely, together with `pid`; null if its system does not report it.
     *
     * Compare this string, but do not parse it. `processState` from @hotcb/journal reports the state of that process.
     */
    readonly start: string | null
  }
  readonly step: number | null
  readonly freeze: FreezeState
  readonly paused: boolean
  readonly closed: boolean
  readonly held: readonly HeldCommand[]
  /** The last ledger line that applied or rejected an op, by `module:id`. */
  readonly last: Readonly<Record<string, LastLine>>
  /** The result of each module's `status()`, by name. */
  readonly modules: Readonly<Record<string, Json>>
  /** The number of bytes of the ledger that the kernel has read or written. */
  readonly ledger_bytes: number
  /**
   * A string that identifies the last bytes of the ledger, so that a different ledger of the same length is detected;
   * null if unknown.
   */
  readonly ledger_tail: string | null
  /**
   * How far each command file has been read: bytes by file name. It is set when no more commands will be processed,
   * which is at close and when the ledger is lost; otherwise it is null.
   */
  readonly taken: Readonly<Record<string, number>> | null
  /** Why the ledger cannot be written and no commands are accepted; null if it can be written. */
  readonly degraded: string | null
  /** The smoothed duration of a step in seconds; null until there are two measurements. */
  readonly step_seconds: number | null
  /** The ranks of the training run; null if it has only one. */
  readonly ranks: RanksStatus | null
}

/** The number of ranks, and why they can no longer be reached (null while they can). */
export interface RanksStatus {
  readonly world_size: number
  readonly lost: string | null
}

/** A command that is waiting for the step in its `at`. */
export interface HeldCommand {
  readonly cid: string
  readonly writer: string | null
  readonly offset: number
  readonly at: { readonly step: number; readonly event?: string | null }
}

export interface LastLine {
  readonly seq: number
  readonly op: string
  readonly step: number | null
  readonly decision: Decision
}

/**
 * Reads the state document. A protocol number above ours is accepted here, so the caller must check it.
 *
 * The reader is hand-written and does not use the schema: `hotcb set` reads this document before it sends a command,
 * and loading valibot would double the time that it takes.
 */
export function readStateDocument(value: unknown): Result<StateDocument> {
  const fields = new FieldReader(value, 'the state document')
  return fields.result({
    protocol: fields.count('protocol'),
    kernel: fields.nested('kernel', (kernel) => ({
      name: kernel.text('name'),
      version: kernel.text('version'),
      pid: kernel.count('pid', null),
      host: kernel.text('host', null),
      attempt: kernel.count('attempt'),
      start: kernel.text('start', null),
    })),
    step: fields.whole('step', null),
    freeze: freezeOf(fields),
    paused: fields.flag('paused', false),
    closed: fields.flag('closed', false),
    held: fields.list('held', (held) => ({
      cid: held.text('cid'),
      writer: held.text('writer', null),
      offset: held.count('offset'),
      at: held.nested('at', (at) => ({ step: at.count('step'), event: at.text('event', null) })),
    })),
    last: fields.map('last', (last) => ({
      seq: last.count('seq'),
      op: last.text('op'),
      step: last.whole('step', null),
      decision: last.oneOf('decision', DECISIONS),
    })),
    modules: fields.object('modules', {}),
    ledger_bytes: fields.count('ledger_bytes', 0),
    ledger_tail: fields.text('ledger_tail', null),
    taken: fields.numbers('taken', null),
    degraded: fields.text('degraded', null),
    step_seconds: fields.number('step_seconds', null),
    ranks: fields.nested(
      'ranks',
      (ranks) => ({ world_size: ranks.count('world_size'), lost: ranks.text('lost', null) }),
      null,
    ),
  })
}

function freezeOf(fields: FieldReader): FreezeState {
  if (!fields.has('freeze')) return UNFROZEN
  const freeze = readFreeze(fields.json('freeze'))
  if (freeze.ok) return freeze.value
  fields.refuse(`\`freeze\`: ${freeze.reason}`)
  return UNFROZEN
}
