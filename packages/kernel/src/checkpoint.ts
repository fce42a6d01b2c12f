import type { Json, JsonObject } from '@hotcb/protocol'
import { historyOf } from '@hotcb/recipe'
import { type Ask, joinNotes } from './ask.ts'
import { type Core, stepOf } from './core.ts'
import type { Drive } from './decide.ts'
import type { CheckpointLoaded } from './ports.ts'
import { rewindTo, writeSeam } from './restart.ts'
import { describeError } from './router.ts'
import { tellModules } from './tell-modules.ts'

/**
 * Has a checkpoint saved at the end of this safe point, when the modules have heard of its step: training goes on with the
 * next one, and what they were told would be lost. Within a pause that end is far: there it is done at once.
 */
export function askForSave(core: Core, ask: Ask, tag: string, drive: Drive): Promise<void> | null {
  if (core.options.checkpoints?.save === undefined) {
    return fail(core, ask, 'this trainer registered no `save` for checkpoints')
  }
  core.saves.push({ ask, tag })
  return core.paused ? saveNow(core, drive) : null
}

/** Saves the checkpoints that were asked for at this safe point. */
export function saveNow(core: Core, drive: Drive): Promise<void> | null {
  tellModules(core)
  let waiting: Promise<void> | null = null
  for (const { ask, tag } of core.saves.splice(0)) {
    if (core.superseded) return waiting
    const save = (): Promise<void> | null => saveCheckpoint(core, ask, tag, drive)
    waiting = waiting === null ? save() : waiting.then(() => save() ?? undefined)
  }
  if (waiting === null) core.recorder.flush()
  return waiting?.then(() => void core.recorder.flush()) ?? null
}

// The ledger is on disk before it.
function saveCheckpoint(core: Core, ask: Ask, tag: string, drive: Drive): Promise<void> | null {
  const modules = snapshotModules(core)
  core.recorder.flush()
  core.ledger.sync?.()
  const step = stepOf(core) + 1
  const abort = new AbortController()
  const by = { source: ask.source, author: ask.author }
  const { seq, attempt } = core.recorder
  const request = { tag, step, seq, by, modules, attempt, signal: abort.signal }
  return settle(
    core,
    ask,
    { drive, name: 'save', abandon: () => abort.abort() },
    () => core.options.checkpoints?.save?.(request),
    () => {
      core.recorder.record(ask, { decision: 'applied', payload: { action: 'save', tag, step } })
    },
  )
}

/** Lets the trainer load what it saved; history from the step it gives on is cut off. */
export function loadCheckpoint(core: Core, ask: Ask, tag: string | null, drive: Drive): Promise<void> | null {
  const handler = core.options.checkpoints?.load
  if (handler === undefined) return fail(core, ask, 'this trainer registered no `load` for checkpoints')
  return settle(
    core,
    ask,
    { drive, name: 'load', abandon: () => undefined },
    () => handler({ tag }),
    (loaded: CheckpointLoaded) => {
      const { step, modules = null } = loaded
      if (!Number.isSafeInteger(step) || step < 0) {
        fail(core, ask, `\`load\` must give {step: whole number >= 0}, got ${String(step)}`)
        return
      }
      const elsewhere = core.ranks?.load(loaded.tag) ?? []
      const notes = joinNotes(
        elsewhere.length > 0 ? `not loaded on every rank: ${elsewhere.join('; ')}` : null,
        standsInHistory(core, loaded.tag) ? null : FOREIGN,
      )
      core.recorder.record(ask, { decision: 'applied', payload: { action: 'load', tag: loaded.tag, step }, notes })
      writeSeam(core, step)
      core.recorder.flush()
      rewindTo(core, step, modules)
      core.rewound = step
    },
  )
}

const FOREIGN = "the save of this checkpoint does not stand in this run's history: a recipe will not give the run again"

// What was saved by another run, or after a step that history was cut back to, is told by no recipe.
function standsInHistory(core: Core, tag: string): boolean {
  core.recorder.flush()
  return historyOf(core.ledger.entries()).saves.has(tag)
}

/** Flushes the modules, then gathers their private state. */
export function snapshotModules(core: Core): JsonObject {
  const all: Record<string, Json> = {}
  for (const module of core.modules) {
    try {
      module.flush?.()
      if (module.snapshot !== undefined) all[module.name] = module.snapshot()
    } catch (error) {
      core.note(`module \`${module.name}\` could not be flushed: ${describeError(error).message}`)
    }
  }
  return all
}

function fail(core: Core, ask: Ask, error: string): null {
  core.recorder.record(ask, { decision: 'failed', error })
  return null
}

function settle<Given>(
  core: Core,
  ask: Ask,
  { drive, name, abandon }: { readonly drive: Drive; readonly name: 'save' | 'load'; readonly abandon: () => void },
  handle: () => Given | Promise<Given>,
  then: (given: Given) => void,
): Promise<void> | null {
  try {
    const given = handle()
    if (!(given instanceof Promise)) {
      then(given)
      return null
    }
    if (drive === 'async') return given.then(then).catch((error: unknown) => failWith(core, ask, name, error))
    abandon()
    given.catch(() => undefined)
    return fail(core, ask, `\`${name}\` returned a promise: call \`applyAsync\` instead of \`apply\``)
  } catch (error) {
    failWith(core, ask, name, error)
    return null
  }
}

function failWith(core: Core, ask: Ask, name: string, error: unknown): void {
  const { message, traceback } = describeError(error)
  core.recorder.record(ask, { decision: 'failed', error: `\`${name}\` failed: ${message}`, traceback })
}
