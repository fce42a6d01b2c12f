import type { Ask } from './ask.ts'
import { type Core, nextStepOf } from './core.ts'
import type { Drive } from './decide.ts'
import { describeError } from './router.ts'
import { takePlace } from './safe-place.ts'
import { takeSnapshot } from './snapshot.ts'
import { tellModules } from './tell-modules.ts'

/**
 * Has a checkpoint saved at the end of this safe point, when the modules have heard of its step: training goes on with the
 * next one, and what they heard would be lost. Within a pause that end is far: there it is done at once.
 */
export function askForSave(core: Core, ask: Ask, tag: string, drive: Drive): Promise<void> | null {
  if (core.options.checkpoints?.save === undefined) {
    return fail(core, ask, 'this trainer registered no `save` for checkpoints')
  }
  core.saves.push({ ask, tag })
  return core.paused ? saveMidway(core, drive) : null
}

/**
 * Saves what was asked for before this safe point is over: on all ranks the modules hear its events now, and what is
 * decided from here on comes after them.
 */
export function saveMidway(core: Core, drive: Drive): Promise<void> | null {
  if (!core.told) core.ranks?.tellModules()
  const saved = saveNow(core, drive)
  if (saved === null) takePlace(core)
  return saved?.then(() => takePlace(core)) ?? null
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
  const { modules, kernel } = takeSnapshot(core)
  core.recorder.flush()
  core.ledger.sync?.()
  const step = nextStepOf(core)
  const abort = new AbortController()
  const by = { source: ask.source, author: ask.author }
  const { seq, attempt } = core.recorder
  const request = { tag, step, seq, calls: core.call + 1, by, modules, kernel, attempt, signal: abort.signal }
  return settle(
    core,
    ask,
    { drive, name: 'save', abandon: () => abort.abort() },
    () => core.options.checkpoints?.save?.(request),
    () => {
      core.recorder.record(ask, {
        decision: 'applied',
        payload: { action: ask.op.params?.action ?? 'save', tag, step },
      })
      core.savedTags.push(tag)
    },
  )
}

/** Writes to the checkpoints of this step that it has one call more: a load places what follows it after the last. */
export function recountCalls(core: Core): void {
  for (const tag of core.savedTags) {
    try {
      core.options.checkpoints?.recount?.({ tag, calls: core.call + 1 })
    } catch (error) {
      core.note(`checkpoint \`${tag}\`: its \`calls\` could not be rewritten: ${describeError(error).message}`)
    }
  }
}

export function fail(core: Core, ask: Ask, error: string): null {
  core.recorder.record(ask, { decision: 'failed', error })
  return null
}

/** Calls a checkpoint handler, and `then` when it is done; what it throws fails the ask. */
export function settle<Given>(
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
