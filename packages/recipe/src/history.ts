import {
  type Attempt,
  isObject,
  type Json,
  type JsonObject,
  type LedgerLine,
  type Op,
  readAttempt,
} from '@hotcb/protocol'

/** One change that stands: what is needed to make it again, and where in the run it belongs. */
export interface HistoryEntry {
  /** Seq of the line that first made it. */
  readonly seq: number
  readonly step: number
  /** Which `apply` of that step; 0 where another kernel did not say. */
  readonly call: number
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
  /** In order of (step, call, seq), or of seq where steps went back without a seam. */
  readonly entries: readonly HistoryEntry[]
  /** Calls of registered functions, in the same order: part of a recipe, never made again by a restart. */
  readonly calls: readonly HistoryEntry[]
  /** Steps went back within one attempt: all entries are folded, none can be pending. */
  readonly wentBack: boolean
  readonly loads: readonly HistoryLoad[]
  /** Tags of the checkpoint saves that stand: loading another one is told by no recipe. */
  readonly saves: ReadonlySet<string>
  /** The winning attempt; null in a ledger that our kernel has never opened. */
  readonly attempt: Attempt | null
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

/** An empty history to add lines to. */
export function createHistory(): HistoryBuilder {
  let entries = new Map<number, HistoryEntry>()
  let calls: HistoryEntry[] = []
  let saves = new Map<string, { readonly seq: number; readonly step: number }>()
  let loads: HistoryLoad[] = []
  let attempt: Attempt | null = null
  let wentBack = false
  let lastStep = Number.NEGATIVE_INFINITY

  function cut(step: number): void {
    entries = new Map([...entries].filter(([, entry]) => entry.step < step))
    calls = calls.filter((call) => call.step < step)
    saves = new Map([...saves].filter(([, save]) => save.step <= step))
    // The seam that a load writes is at the load's own step, and does not undo it.
    loads = loads.filter((load) => load.step <= step)
    if (entries.size === 0) wentBack = false
  }

  function addAttempt(line: LedgerLine): boolean {
    const opened = readAttempt(line)
    if (opened === null || opened.n < (attempt?.n ?? 0)) return false
    attempt = opened
    const payload = line.payload ?? {}
    lastStep = Number.NEGATIVE_INFINITY
    if (payload.cut === true && typeof payload.step === 'number') cut(payload.step)
    return true
  }

  function addCheckpoint(line: LedgerLine): void {
    const tag = typeof line.payload?.tag === 'string' ? line.payload.tag : null
    const at = Number(line.payload?.step ?? line.step)
    if (line.params?.action === 'load') {
      const save = tag === null ? undefined : saves.get(tag)
      // What was loaded after that save is gone with all else that followed it.
      if (save !== undefined) loads = loads.filter((load) => load.seq < save.seq)
      loads.push({ seq: line.seq, step: at, tag, replayable: save !== undefined })
    } else if (tag === null) return
    // What has that tag later was not saved by this run.
    else if (line.params?.action === 'drop') saves.delete(tag)
    else saves.set(tag, { seq: line.seq, step: at })
  }

  function addOf(line: LedgerLine, of: number): void {
    const original = entries.get(of)
    if (original === undefined) return
    if (line.decision !== 'applied') entries.delete(of)
    else {
      const again = entryOf(line)
      entries.set(of, { ...original, step: again.step, call: again.call, op: { ...original.op, ...changed(line) } })
    }
  }

  function addApplied(line: LedgerLine): void {
    if (line.module === 'core') {
      if (line.op === 'checkpoint') addCheckpoint(line)
    } else if (line.module === 'ctl') calls.push(entryOf(line))
    else if (line.reverts !== null && takesOut(line)) entries.delete(line.reverts)
    else if (isSwitchOfNothing(line)) return
    else entries.set(line.seq, entryOf(line))
  }

  return {
    add(line) {
      if (attempt !== null && line.attempt !== null && line.attempt < attempt.n) return false
      if (line.module === 'core' && line.op === 'attempt') return addAttempt(line)
      if (line.step !== null) {
        if (line.step < lastStep) wentBack = true
        lastStep = line.step
      }
      if (line.of !== null) addOf(line, line.of)
      else if (line.decision === 'applied') addApplied(line)
      return true
    },
    history() {
      const inOrder = wentBack ? bySeq : byPlace
      return {
        entries: [...entries.values()].sort(inOrder),
        calls: [...calls].sort(inOrder),
        wentBack,
        loads: [...loads],
        saves: new Set(saves.keys()),
        attempt,
      }
    },
  }
}

function bySeq(a: HistoryEntry, b: HistoryEntry): number {
  return a.seq - b.seq
}

/** History's own order. */
export function byPlace(a: HistoryEntry, b: HistoryEntry): number {
  return a.step - b.step || a.call - b.call || a.seq - b.seq
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

// Its `opt disable` says applied and looks for a control called `main`, where ours means every control of the module.
function isSwitchOfNothing(line: OpLine): boolean {
  return isForeignSwitch(line) && opOfLine(line).params?.['key'] === 'main'
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
