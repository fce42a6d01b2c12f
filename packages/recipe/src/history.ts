import {
  type Attempt,
  isObject,
  type Json,
  type JsonObject,
  type LedgerLine,
  type Op,
  readAttempt,
} from '@hotcb/protocol'
import { createForeignReader } from './foreign.ts'

/** A place in a run. */
export interface HistoryPlace {
  /** -1, with `end`, is before step 0. */
  readonly step: number
  /** Which `apply` of that step; 0 where another kernel did not say. */
  readonly call: number
  /** Decided after the modules had heard the events of that call. */
  readonly after: boolean
  /** Decided after a checkpoint load: it comes after everything else of its step. */
  readonly end: boolean
}

/** One change that is part of the run: what is needed to make it again, and where it belongs. */
export interface HistoryEntry extends HistoryPlace {
  /** Seq of the line that first made it. */
  readonly seq: number
  /** Written by another kernel, which tells no `call`: its place within the step is its event's. */
  readonly isForeign: boolean
  readonly event: string | null
  /** Its `params` are the payload: what was really set. */
  readonly op: Op
  /** Params that put things back as they were before. */
  readonly old: JsonObject | null
  readonly source: string
  /** Seq of the line that it reverts. */
  readonly reverts: number | null
}

/** A checkpoint load that stands; where its save does not stand before it, the run cannot be had again. */
export interface HistoryLoad {
  readonly seq: number
  /** The step that training went on from: what came before it is the checkpoint's. */
  readonly step: number
  readonly tag: string | null
  readonly replayable: boolean
}

/** What a ledger comes to: a pure function of its lines. */
export interface History {
  /** In order of (step, end, call, after, seq), or of seq where steps went back without a seam. */
  readonly entries: readonly HistoryEntry[]
  /** Calls of registered functions, in the same order: part of a recipe, never made again by a restart. */
  readonly calls: readonly HistoryEntry[]
  /** Steps went back within one attempt: all entries are folded, none can be pending. */
  readonly wentBack: boolean
  readonly loads: readonly HistoryLoad[]
  /** The checkpoint saves that are part of this history, by tag: no recipe can reproduce the load of another one. */
  readonly saves: ReadonlyMap<string, HistorySave>
  /** Tokens of all attempts: what carries another token comes from another run. */
  readonly tokens: ReadonlySet<string>
  /** Which of the `cids` asked about are decided by a line of this history, whatever the decision. */
  readonly decided: ReadonlySet<string>
  /** The winning attempt; null in a ledger that our kernel has never opened. */
  readonly attempt: Attempt | null
}

/** A checkpoint save. */
export interface HistorySave {
  /** Seq of the last ledger line that the checkpoint contains: the one before its own. */
  readonly seq: number
  /** The next step to train. */
  readonly step: number
  readonly end: boolean
}

/** Gathers ledger lines, in the order of the file, into a history. */
export interface HistoryBuilder {
  /** @returns False for a line that is void: of a kernel that had lost the directory, or an attempt that is none. */
  add(line: LedgerLine): boolean
  history(): History
}

/** The history of a ledger's lines (run-directory.md part 5). */
export function historyOf(lines: Iterable<LedgerLine>): History {
  const builder = createHistory()
  for (const line of lines) builder.add(line)
  return builder.history()
}

/**
 * An empty history to add lines to.
 *
 * @param cids Asks about the lines that decide these, see `History.decided`. Default none.
 */
export function createHistory(cids: ReadonlySet<string> = NO_CIDS): HistoryBuilder {
  let entries = new Map<number, HistoryEntry>()
  let calls: HistoryEntry[] = []
  let saves = new Map<string, HistorySave>()
  let decided = new Map<string, Pick<HistoryEntry, 'seq' | 'step' | 'end'>>()
  const tokens = new Set<string>()
  let loads: HistoryLoad[] = []
  let attempt: Attempt | null = null
  const foreign = createForeignReader()
  let wentBack = false
  let lastStep = Number.NEGATIVE_INFINITY

  function cut(seam: Seam): void {
    const { step } = seam
    const stays = (entry: HistoryEntry): boolean => !isCut(entry, seam)
    entries = new Map([...entries].filter(([, entry]) => stays(entry)))
    calls = calls.filter(stays)
    // A save is of the state after its own step.
    saves = new Map([...saves].filter(([, save]) => !isCut({ ...save, step: save.step - 1 }, seam)))
    decided = new Map([...decided].filter(([, line]) => !isCut(line, seam)))
    // The seam that a load writes is at the load's own step, and does not undo it.
    loads = loads.filter((load) => load.step <= step)
    if (entries.size === 0) wentBack = false
  }

  function addAttempt(line: LedgerLine): boolean {
    const opened = readAttempt(line)
    if (opened === null || opened.n < (attempt?.n ?? 0)) return false
    attempt = opened
    tokens.add(opened.token)
    foreign.read(line)
    lastStep = Number.NEGATIVE_INFINITY
    const seam = seamOf(line)
    if (seam !== null) cut(seam)
    return true
  }

  function addCheckpoint(line: LedgerLine): void {
    const tag = typeof line.payload?.tag === 'string' ? line.payload.tag : null
    const step = line.payload?.step
    const at = typeof step === 'number' ? step : (line.step ?? 0)
    if (line.params?.action === 'load') {
      const save = tag === null ? undefined : saves.get(tag)
      // What was loaded after that save is gone with all else that followed it.
      if (save !== undefined) loads = loads.filter((load) => load.seq < save.seq)
      loads.push({ seq: line.seq, step: at, tag, replayable: save !== undefined })
    } else if (tag === null) return
    // What has that tag later was not saved by this run.
    else if (line.params?.action === 'drop') saves.delete(tag)
    else saves.set(tag, { seq: line.seq - 1, step: at, end: line.end === true })
  }

  function addOf(line: LedgerLine, of: number): void {
    const original = entries.get(of)
    if (original === undefined) return
    if (line.decision !== 'applied') entries.delete(of)
    else {
      const again = entryOf(line)
      const { step, call, after, end } = again
      entries.set(of, { ...original, step, call, after, end, op: { ...original.op, ...changed(line) } })
    }
  }

  function addApplied(line: LedgerLine): void {
    if (line.module === 'core') {
      if (line.op === 'checkpoint') addCheckpoint(line)
    } else if (line.module === 'ctl') calls.push(entryOf(line))
    else if (line.reverts !== null && takesOut(line)) entries.delete(line.reverts)
    else entries.set(line.seq, entryOf(line))
  }

  function addRead(line: LedgerLine | null): void {
    if (line !== null) addApplied(line)
  }

  return {
    add(line) {
      if (attempt !== null && line.attempt !== null && line.attempt < attempt.n) return false
      if (line.module === 'core' && line.op === 'attempt') return addAttempt(line)
      if (line.step !== null) {
        if (line.step < lastStep) wentBack = true
        lastStep = line.step
      }
      if (line.cid !== null && cids.has(line.cid)) {
        decided.set(line.cid, { seq: line.seq, step: line.step ?? 0, end: line.end === true })
      }
      if (line.of !== null) addOf(line, line.of)
      else if (line.decision === 'applied') addRead(foreign.read(line))
      return true
    },
    history() {
      const inOrder = wentBack ? bySeq : byPlace
      return {
        entries: [...entries.values()].sort(inOrder),
        calls: [...calls].sort(inOrder),
        wentBack,
        loads: [...loads],
        saves: new Map(saves),
        tokens: new Set(tokens),
        decided: new Set(decided.keys()),
        attempt,
      }
    },
  }
}

const NO_CIDS: ReadonlySet<string> = new Set()

function bySeq(a: HistoryEntry, b: HistoryEntry): number {
  return a.seq - b.seq
}

/** The order of places in a run. */
export function comparePlaces(a: HistoryPlace, b: HistoryPlace): number {
  return a.step - b.step || Number(a.end) - Number(b.end) || a.call - b.call || Number(a.after) - Number(b.after)
}

/** History's own order: by place, then by seq. */
export function byPlace(
  a: HistoryPlace & { readonly seq: number },
  b: HistoryPlace & { readonly seq: number },
): number {
  return comparePlaces(a, b) || a.seq - b.seq
}

/** A place in the ledger from which on something earlier no longer stands. */
export interface Seam {
  readonly step: number
  /** Ends of the step before it are cut above this seq; null: they all stay. */
  readonly endSeq: number | null
}

/** The cut that a ledger line makes; null where it makes none. */
export function seamOf(line: Pick<LedgerLine, 'module' | 'op' | 'decision' | 'payload'>): Seam | null {
  if (readAttempt(line) === null) return null
  const { cut, step, seq } = line.payload ?? {}
  if (cut !== true || typeof step !== 'number') return null
  return { step, endSeq: typeof seq === 'number' ? seq : null }
}

/** Whether a seam cuts what was decided at a place before it. */
export function isCut(
  { step, end, seq }: { readonly step: number; readonly end: boolean; readonly seq: number },
  seam: Seam,
): boolean {
  if (step >= seam.step) return true
  return end && step === seam.step - 1 && seam.endSeq !== null && seq > seam.endSeq
}

/**
 * The op of an applied line, with what was really set as its params. Another kernel's payload may hold it flat, below
 * `params`, or not at all.
 */
export function opOfLine(line: OpLine): Op {
  return { module: line.module, op: line.op, id: line.id, params: line.params, ...changed(line) }
}

/** What of a ledger line tells its op. */
export type OpLine = Pick<LedgerLine, 'module' | 'op' | 'id' | 'params' | 'payload' | 'foreign'>

function changed(line: OpLine): Partial<Op> {
  const { payload } = line
  if (line.module === 'cb') return changedCallback(line)
  if (payload === null || (line.foreign && Object.keys(payload).length === 0)) return { params: line.params }
  if (line.foreign && isObject(payload.params)) return { params: payload.params as JsonObject }
  if (isForeignSwitch(line)) return { params: { key: line.id } }
  return { params: payload }
}

// hotcb 2's command line names a control by `id` alone, and its payload is the op itself.
function isForeignSwitch({ module, op, foreign }: OpLine): boolean {
  return foreign === true && module !== 'cb' && module !== 'tune' && (op === 'enable' || op === 'disable')
}

function changedCallback(line: OpLine): Partial<Op> {
  const payload = line.payload ?? {}
  const { target, init, enabled, source_capture: capture, params } = payload
  const fields: Record<string, Json> = {}
  if (isObject(target)) fields.target = target as JsonObject
  if (isObject(init)) fields.init = init as JsonObject
  if (typeof enabled === 'boolean') fields.enabled = enabled
  if (isObject(capture)) fields.source_capture = capture as JsonObject
  const own = line.op === 'set_params' ? (isObject(params) && line.foreign ? params : payload) : line.params
  // The wire's objects are the op's fields of the same names.
  return { ...(fields as Partial<Op>), params: (own as JsonObject | null) ?? null }
}

function entryOf(line: LedgerLine): HistoryEntry {
  return {
    seq: line.seq,
    step: line.step ?? 0,
    call: line.call ?? 0,
    isForeign: line.foreign === true && line.call === null,
    after: line.after === true,
    end: line.end === true,
    event: line.event,
    op: opOfLine(line),
    old: line.old,
    source: line.source,
    reverts: line.reverts,
  }
}

// A revert of an entry that was still pending sets nothing: it takes the entry out for good.
function takesOut(line: LedgerLine): boolean {
  return line.payload !== null && Object.keys(line.payload).length === 0
}
