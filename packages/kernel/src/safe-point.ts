import { freezePayload, readAttempt } from '@hotcb/protocol'
import { askFor, isSave, joinNotes } from './ask.ts'
import { type Drive, decide, decided, type Visit } from './decide.ts'
import { hold, isLate } from './held.ts'
import type { Taken } from './intake.ts'
import { stepOf } from './loop.ts'
import { acceptIfAsked, giveWay, reportLoss } from './lost-ledger.ts'
import { isLedgerLost, type KernelParts, lostRanks } from './parts.ts'
import { followRecipe, recipeAsk } from './replay.ts'
import { takePlace } from './safe-place.ts'
import { stateDocument } from './state-document.ts'

/** Maximum time for processing new commands at one safe point; writing and garbage collection may double it. */
const TAKE_MS = 3
const PAUSE_MS = 20
const BLOCKS = 'paused: this blocks the thread, so no signal handler of the process runs until it resumes'

/** Runs one safe point that has work to do: due entries, new commands, and pauses. Events follow later. */
export function* safePoint(parts: KernelParts, isLook: boolean, drive: Drive): Visit {
  const start = parts.clock.now()
  takePlace(parts)
  if (!parts.condition.superseded) {
    // A lost ledger blocks changes, perhaps for days, but the trainer's own checkpoints must still be saved.
    if (!parts.recorder.flush()) yield* isLedgerLost(parts) ? takeSaves(parts, drive) : []
    else if (isAlone(parts, isLook)) yield* takeSaves(parts, drive)
    else {
      yield* takeDue(parts, drive)
      // The time spent on due entries counts towards the same limit.
      yield* takeCommands(parts, drive, start)
      yield* pause(parts, drive)
    }
  }
  finish(parts)
}

/**
 * Whether the trainer requested a checkpoint. Rank 0 saves it at this step, even if the ranks do not synchronize here.
 */
export function isSaveAsked(parts: KernelParts): boolean {
  return parts.queues.submitted.some(isSave)
}

// True between the places where ranks synchronize, and when the others cannot be reached: rank 0 then does only the
// work that needs no other rank.
function isAlone(parts: KernelParts, isLook: boolean): boolean {
  return (parts.ranks !== null && !isLook) || isLost(parts)
}

function* takeSaves(parts: KernelParts, drive: Drive): Visit {
  const saves = parts.queues.takeSubmittedSaves()
  // The other ranks are lost, so requests that involve them are dropped.
  if (isLost(parts)) parts.queues.takeSubmitted()
  for (const ask of saves) yield* decided(parts, ask, drive)
}

/**
 * Checks whether this kernel still owns the directory, and whether the freeze document changed. Returns whether
 * anything changed; if not, the check costs two `fstat` calls.
 */
export function look(parts: KernelParts): boolean {
  checkFence(parts)
  if (parts.condition.superseded) return true
  const isChanged = parts.freeze.look()
  if (isChanged) freezeChanged(parts)
  const trouble = parts.freeze.takeTrouble()
  if (trouble !== null) parts.note(`freeze: ${trouble}; the mode is ${parts.freeze.state.mode}`)
  return isChanged
}

function freezeChanged(parts: KernelParts): void {
  takePlace(parts)
  const state = freezePayload(parts.freeze.state)
  const op = { module: 'core', op: 'freeze', id: 'main', params: state }
  const author = parts.freeze.state.author ?? null
  parts.recorder.record(askFor(op, 'kernel', 'external', { author }), {
    decision: 'applied',
    payload: state,
    notes: 'seen in the document',
  })
  followRecipe(parts)
}

/** Called every 100 ms: checks the identity of the files, and the YAML. */
export function lookSlowly(parts: KernelParts): void {
  parts.freeze.refresh()
  parts.options.commands?.refresh?.()
  parts.ledger.refresh?.()
  if (isLedgerLost(parts)) {
    takePlace(parts)
    acceptIfAsked(parts)
  }
  const seen = parts.yaml?.look({ freeze: parts.freeze.state, step: stepOf(parts.loop) }) ?? null
  if (seen === null) return
  takePlace(parts)
  const yaml = askFor({ module: 'core', op: 'yaml', id: 'main', params: null }, 'kernel', 'yaml')
  if (seen.kind === 'rejected') {
    parts.recorder.record(yaml, { decision: 'rejected', error: seen.reason })
    return
  }
  parts.recorder.record(yaml, { decision: 'applied', payload: { text: seen.text } })
  parts.queues.submit(...seen.ops.map((op) => askFor(op, 'live', 'yaml')))
}

/** Gives way if a newer kernel owns the directory: this kernel then no longer writes to it, and training continues. */
export function checkFence(parts: KernelParts): void {
  if (parts.condition.superseded) return
  for (const line of parts.ledger.foreign()) {
    const other = readAttempt(line)
    if (other === null || other.n < parts.recorder.attempt || other.token === parts.token) continue
    // The file that replaced a lost ledger may belong to another run, so only a higher attempt number proves that a
    // kernel took over.
    if (isLedgerLost(parts) && other.n === parts.recorder.attempt) continue
    giveWay(parts, other.n)
    return
  }
  reportLoss(parts)
}

function* takeDue(parts: KernelParts, drive: Drive): Visit {
  const { step, call, events } = parts.loop
  for (const { item, late } of parts.queues.history.take(step, call, events)) {
    const notes = late ? 'late' : null
    yield* decided(parts, askFor(item.op, 'history', 'history', { of: item, event: item.event, notes }), drive)
  }
  for (const due of parts.queues.recipe.take(step, call, events)) yield* decided(parts, recipeAsk(parts, due), drive)
  for (const { item, late, event } of parts.queues.held.take(step, call, events)) {
    yield* decided(parts, { ...item, event, notes: joinNotes(item.notes, late ? 'late' : null) }, drive)
  }
  if (parts.queues.submitted.length > 0) yield* takeSubmitted(parts, drive)
}

function* takeSubmitted(parts: KernelParts, drive: Drive): Visit {
  for (const ask of parts.queues.takeSubmitted()) yield* decided(parts, ask, drive)
}

function* takeCommands(parts: KernelParts, drive: Drive, since = parts.clock.now()): Visit {
  const { intake, clock } = parts
  if (intake === null || !intake.look()) return
  const until = since + TAKE_MS
  for (let taken = intake.next(), count = 1; taken !== null; taken = intake.next(), count++) {
    const promise = takeCommand(parts, taken, drive)
    if (promise !== null) yield { promise }
    if (parts.condition.paused || parts.recorder.isDegraded || isLost(parts)) break
    // The clock is read only for every 16th command, because reading it takes up much of the time that one command
    // needs.
    if (count % 16 === 0 && clock.now() >= until) break
    if (count % 64 === 0) parts.recorder.tell()
  }
}

function takeCommand(parts: KernelParts, taken: Taken, drive: Drive): Promise<void> | null {
  const { kind, ask } = taken
  if (kind === 'ask') {
    if (hold(parts, ask)) return null
    return decide(parts, isLate(parts, ask) ? { ...ask, notes: joinNotes(ask.notes, 'late') } : ask, drive)
  }
  if (kind === 'withdrawn') parts.recorder.record(ask, { decision: 'expired', error: 'cancelled' })
  else if (kind === 'rejected') parts.recorder.record(ask, { decision: 'rejected', error: taken.reason })
  else parts.recorder.record(ask, { decision: 'skipped_noop', notes: 'this `cid` is already answered' })
  return null
}

function* pause(parts: KernelParts, drive: Drive): Visit {
  const { sleep } = parts.options
  const canWait = drive === 'sync' ? sleep?.block !== undefined : sleep?.wait !== undefined
  if (!parts.condition.paused) return
  if (parts.condition.takePauseNote()) parts.note(drive === 'sync' ? (sleep?.note ?? BLOCKS) : 'paused')
  parts.recorder.flush()
  parts.documents.writeAll(stepOf(parts.loop), () => stateDocument(parts))
  let slow = parts.clock.now()
  while (parts.condition.paused && canWait && !parts.condition.superseded && !isLost(parts)) {
    parts.ranks?.end({
      next: { step: parts.loop.step, call: parts.loop.call },
      paused: true,
      stop: false,
      rewound: null,
    })
    if ((yield { ms: PAUSE_MS }) === false) break
    look(parts)
    if (parts.clock.now() - slow >= 100) {
      slow = parts.clock.now()
      lookSlowly(parts)
    }
    if (parts.recorder.flush()) {
      yield* takeSubmitted(parts, drive)
      yield* takeCommands(parts, drive)
      parts.recorder.flush()
    }
    parts.documents.write(parts.clock.now(), stepOf(parts.loop), () => stateDocument(parts))
  }
}

function isLost(parts: KernelParts): boolean {
  return lostRanks(parts) !== null
}

function finish(parts: KernelParts): void {
  if (parts.condition.superseded) return
  parts.recorder.flush()
  if (parts.options.lateDocuments !== true) writeDocuments(parts)
}

/** Writes the documents that are due. */
export function writeDocuments(parts: KernelParts): void {
  parts.documents.write(parts.clock.now(), stepOf(parts.loop), () => stateDocument(parts))
}
