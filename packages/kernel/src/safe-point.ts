import { readAttempt } from '@hotcb/protocol'
import { askFor, isSave, joinNotes } from './ask.ts'
import { type Core, isLedgerLost, stepOf } from './core.ts'
import { type Drive, decide, decided, type Wait } from './decide.ts'
import { hold, isLate } from './held.ts'
import type { Taken } from './intake.ts'
import { acceptIfAsked, giveWay, tellLoss } from './lost-ledger.ts'
import { followRecipe, recipeAsk } from './replay.ts'
import { takePlace } from './safe-place.ts'
import { stateDocument } from './state-document.ts'

/** New commands are taken for so long at one safe point; what is written after it, and the collector, may double that. */
const TAKE_MS = 3
const PAUSE_MS = 20

/** One safe point at which there is something to do: what is due, new commands, pause. Events come after it. */
export function* safePoint(core: Core, isLook: boolean, drive: Drive): Generator<Wait, void, void> {
  takePlace(core)
  if (!core.superseded) {
    // A lost ledger holds up changes, perhaps for days: the trainer's own checkpoints are saved all the same.
    if (!core.recorder.flush()) yield* isLedgerLost(core) ? takeSaves(core, drive) : []
    else if (isAlone(core, isLook)) yield* takeSaves(core, drive)
    else {
      yield* takeDue(core, drive)
      yield* takeCommands(core, drive)
      yield* pause(core, drive)
    }
  }
  finish(core)
}

/** Whether the trainer asked for a checkpoint: rank 0 saves it at its step, whether or not the ranks meet there. */
export function isSaveAsked(core: Core): boolean {
  return core.submitted.some(isSave)
}

// Between the places where they meet, and when they cannot be reached, rank 0 does what needs no other rank.
function isAlone(core: Core, isLook: boolean): boolean {
  return core.ranks !== null && (!isLook || isLost(core))
}

function* takeSaves(core: Core, drive: Drive): Generator<Wait, void, void> {
  const saves = core.submitted.filter(isSave)
  core.submitted = isLost(core) ? [] : core.submitted.filter((ask) => !isSave(ask))
  for (const ask of saves) yield* decided(core, ask, drive)
}

/** Is this still our directory, and may anything pass? Two fstats where nothing has changed. True where something has. */
export function look(core: Core): boolean {
  checkFence(core)
  if (core.superseded) return true
  const isChanged = core.freeze.look()
  if (isChanged) freezeChanged(core)
  const trouble = core.freeze.takeTrouble()
  if (trouble !== null) core.note(`freeze: ${trouble}; the mode is ${core.freeze.state.mode}`)
  return isChanged
}

function freezeChanged(core: Core): void {
  takePlace(core)
  const state = { ...core.freeze.state }
  const op = { module: 'core', op: 'freeze', id: 'main', params: state }
  core.recorder.record(askFor(op, 'kernel', 'external'), {
    decision: 'applied',
    payload: state,
    notes: 'seen in the document',
  })
  followRecipe(core)
}

/** Every 100 ms: are the files still those of their names, has the YAML changed? */
export function lookSlowly(core: Core): void {
  core.freeze.refresh()
  core.options.commands?.refresh?.()
  core.ledger.refresh?.()
  if (isLedgerLost(core)) {
    takePlace(core)
    acceptIfAsked(core)
  }
  const seen = core.yaml?.look({ freeze: core.freeze.state, step: stepOf(core) }) ?? null
  if (seen === null) return
  takePlace(core)
  const yaml = askFor({ module: 'core', op: 'yaml', id: 'main', params: null }, 'kernel', 'yaml')
  if (seen.kind === 'rejected') {
    core.recorder.record(yaml, { decision: 'rejected', error: seen.reason })
    return
  }
  core.recorder.record(yaml, { decision: 'applied', payload: { text: seen.text } })
  for (const op of seen.ops) core.submitted.push(askFor(op, 'live', 'yaml'))
}

/** A newer kernel on the same directory wins: this one writes nothing more, and training goes on. */
export function checkFence(core: Core): void {
  if (core.superseded) return
  for (const line of core.ledger.foreign()) {
    const other = readAttempt(line)
    if (other === null || other.n < core.recorder.attempt || other.token === core.token) continue
    // What stands in the place of a lost ledger may be another run's: a kernel that took over has a higher number.
    if (isLedgerLost(core) && other.n === core.recorder.attempt) continue
    giveWay(core, other.n)
    return
  }
  tellLoss(core)
}

function* takeDue(core: Core, drive: Drive): Generator<Wait, void, void> {
  const { step, call, events } = core
  for (const { item, late } of core.history.take(step, call, events)) {
    const notes = late ? 'late' : null
    yield* decided(core, askFor(item.op, 'history', 'history', { of: item, event: item.event, notes }), drive)
  }
  for (const due of core.recipe.take(step, call, events)) yield* decided(core, recipeAsk(core, due), drive)
  for (const { item, late, event } of core.held.take(step, call, events)) {
    yield* decided(core, { ...item, event, notes: joinNotes(item.notes, late ? 'late' : null) }, drive)
  }
  const submitted = core.submitted
  if (submitted.length > 0) {
    core.submitted = []
    for (const ask of submitted) yield* decided(core, ask, drive)
  }
}

function* takeCommands(core: Core, drive: Drive): Generator<Wait, void, void> {
  const { intake, clock } = core
  if (intake === null || !intake.look()) return
  const until = clock.now() + TAKE_MS
  for (let taken = intake.next(), count = 1; taken !== null; taken = intake.next(), count++) {
    const promise = takeCommand(core, taken, drive)
    if (promise !== null) yield { promise }
    if (core.paused || core.recorder.isDegraded || isLost(core)) break
    // The clocks are asked now and then only: they cost a good part of what a command does.
    if (count % 16 === 0 && clock.now() >= until) break
    if (count % 64 === 0) core.recorder.tell()
  }
}

function takeCommand(core: Core, taken: Taken, drive: Drive): Promise<void> | null {
  const { kind, ask } = taken
  if (kind === 'ask') {
    if (hold(core, ask)) return null
    return decide(core, isLate(core, ask) ? { ...ask, notes: joinNotes(ask.notes, 'late') } : ask, drive)
  }
  if (kind === 'rejected') core.recorder.record(ask, { decision: 'rejected', error: taken.reason })
  else core.recorder.record(ask, { decision: 'skipped_noop', notes: 'this `cid` is answered already' })
  return null
}

function* pause(core: Core, drive: Drive): Generator<Wait, void, void> {
  const { sleep } = core.options
  const canWait = drive === 'sync' ? sleep?.block !== undefined : sleep?.wait !== undefined
  if (!core.paused) return
  core.note(
    drive === 'sync' ? 'paused: this blocks the thread, and no signal handler of the process runs meanwhile' : 'paused',
  )
  core.recorder.flush()
  core.documents.writeAll(stepOf(core), () => stateDocument(core))
  let slow = core.clock.now()
  while (core.paused && canWait && !core.superseded && !isLost(core)) {
    core.ranks?.end({ next: { step: core.step, call: core.call }, paused: true, stop: false, rewound: null })
    yield { ms: PAUSE_MS }
    look(core)
    if (core.clock.now() - slow >= 100) {
      slow = core.clock.now()
      lookSlowly(core)
    }
    if (core.recorder.flush()) {
      const submitted = core.submitted
      core.submitted = []
      for (const ask of submitted) yield* decided(core, ask, drive)
      yield* takeCommands(core, drive)
      core.recorder.flush()
    }
    core.documents.write(core.clock.now(), stepOf(core), () => stateDocument(core))
  }
}

function isLost(core: Core): boolean {
  return core.ranks !== null && core.ranks.lost !== null
}

function finish(core: Core): void {
  if (core.superseded) return
  core.recorder.flush()
  core.documents.write(core.clock.now(), stepOf(core), () => stateDocument(core))
}
