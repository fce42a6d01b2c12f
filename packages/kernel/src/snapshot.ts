import { isObject, type Json, type JsonObject, readSubmittedOp, type SubmittedOp } from '@hotcb/protocol'
import { comparePlaces, createHistory, type HistoryEntry, type HistoryPlace } from '@hotcb/recipe'
import { type Ask, askOfSubmitted } from './ask.ts'
import { placeOf } from './loop.ts'
import type { KernelParts } from './parts.ts'
import { describeError } from './router.ts'

/**
 * The part of a checkpoint that describes the kernel and its modules. It contains no control values, because those are
 * in the ledger.
 */
export interface Snapshot {
  /** Private state by module. */
  readonly modules: JsonObject
  /** The kernel's own state; null if an older kernel took the snapshot. */
  readonly kernel: KernelSnapshot | null
}

/** The kernel's own state. */
export interface KernelSnapshot {
  /** Seq of the last ledger line before it. */
  readonly seq: number
  /** The place in the run where it was taken. */
  readonly at: HistoryPlace
  /**
   * Token of the attempt that took the snapshot. If a run's ledger does not contain this token, the snapshot was copied
   * from another run.
   */
  readonly token: string
  /** Undecided requests from modules or the trainer. */
  readonly submitted: readonly JsonObject[]
}

/** Flushes the modules, then collects their private state and undecided requests. */
export function takeSnapshot(parts: KernelParts): { readonly modules: JsonObject; readonly kernel: JsonObject } {
  const modules = snapshotModules(parts)
  const submitted = parts.queues.submitted.map(({ op, channel, source, author, notes, cid, command }) => {
    const { expect = null, expires = null } = command ?? {}
    return { ...op, channel, source, author, note: notes, cid, expect, expires }
  })
  // The state after the events includes all changes made before them. Changes after the events are included only if
  // there were any.
  const at = { ...placeOf(parts.loop), after: parts.loop.isChangedAfter && !parts.loop.isEnd }
  const registered = parts.state?.registered ?? {}
  const kernel = { seq: parts.recorder.seq, at, token: parts.token, submitted, registered }
  // An op is plain JSON, but its interfaces have no index signature.
  return { modules, kernel: kernel as unknown as JsonObject }
}

/** Flushes the modules, then collects their private state. */
export function snapshotModules(parts: KernelParts): JsonObject {
  const all: Record<string, Json> = {}
  for (const module of parts.modules) {
    try {
      module.flush?.()
      if (module.snapshot !== undefined) all[module.name] = module.snapshot()
    } catch (error) {
      parts.note(`module \`${module.name}\` could not be flushed: ${describeError(error).message}`)
    }
  }
  return all
}

/**
 * Reads a snapshot: `{modules, kernel}`, or the modules' states by name, as older kernels wrote them, with or without
 * `kernel` next to them. Invalid parts count as absent.
 */
export function readSnapshot(value: JsonObject | null): Snapshot | null {
  if (!isObject(value)) return null
  const { kernel, modules, ...rest } = value
  const isWhole = isObject(modules) && (kernel === undefined || kernel === null || isObject(kernel))
  const states = isWhole ? modules : modules === undefined ? rest : { ...rest, modules }
  // The output of a JSON parser is JSON at every level.
  return { modules: states as JsonObject, kernel: readKernel(kernel) }
}

function readKernel(value: Json | undefined): KernelSnapshot | null {
  if (!isObject(value) || !isObject(value.at)) return null
  const { seq, token, submitted } = value
  const { step, call, after, end } = value.at
  const isRead = [seq, step, call].every(Number.isSafeInteger) && typeof token === 'string'
  if (!isRead) return null
  const asked = Array.isArray(submitted) ? submitted.filter(isObject) : []
  const at = { step: Number(step), call: Number(call), after: after === true, end: end === true }
  return { seq: Number(seq), at, token, submitted: asked as unknown as readonly JsonObject[] }
}

/** Whether a change was made after the snapshot, but belongs to the state with which training continues. */
export function isAfterSnapshot(entry: HistoryEntry, { seq, at }: KernelSnapshot): boolean {
  return entry.seq > seq || comparePlaces(entry, at) > 0
}

/**
 * Resubmits requests that were made at a checkpoint's step but were not decided before the process was killed.
 *
 * A `checkpoint load` drops such requests. They are also dropped when the checkpoint is copied into another run.
 */
export function askAgain(parts: KernelParts, { seq, token, submitted }: KernelSnapshot): void {
  const asks = submitted.map(readAsk).filter((ask) => ask !== null)
  if (asks.length === 0) return
  const history = createHistory({ cids: new Set(asks.map(({ cid }) => cid ?? '')), table: parts.router.table })
  parts.recorder.flush()
  for (const line of parts.ledger.entries()) history.add(line)
  const { decided, tokens, loads } = history.history()
  if (!tokens.has(token) || loads.some((load) => load.seq > seq)) return
  parts.queues.submit(...asks.filter(({ cid }) => !decided.has(cid ?? '')))
}

function readAsk(value: JsonObject): Ask | null {
  const { channel, note, ...asked } = value
  // Older snapshots have a `note` of null.
  const read = readSubmittedOp({ ...asked, ...(note !== null && { note }) } as unknown as SubmittedOp)
  if (!read.ok || typeof read.value.source !== 'string' || typeof read.value.cid !== 'string') return null
  const { cid, source } = read.value
  return askOfSubmitted(read.value, cid, source, channel === 'kernel' ? 'kernel' : 'live')
}
