import { ranksOf } from '@hotcb/protocol'
import type { Ask } from './ask.ts'
import type { Drive } from './decide.ts'
import { nextStepOf } from './loop.ts'
import { notifyModules } from './notify-modules.ts'
import type { KernelParts } from './parts.ts'
import { describeError } from './router.ts'
import { takePlace } from './safe-place.ts'
import { takeSnapshot } from './snapshot.ts'

/**
 * Saves a checkpoint at the end of this safe point, after the modules have received the events of its step: training
 * continues with the next step, so these events would otherwise be lost. A pause can delay the end of the safe point
 * for hours, so during a pause the checkpoint is saved immediately.
 */
export function askForSave(parts: KernelParts, ask: Ask, tag: string, drive: Drive): Promise<void> | null {
  if (parts.options.checkpoints?.save === undefined) {
    return fail(parts, ask, 'this trainer registered no `save` for checkpoints')
  }
  parts.queues.addSave({ ask, tag })
  return parts.condition.paused ? saveMidway(parts, drive) : null
}

/**
 * Saves requested checkpoints before this safe point ends. The modules of all ranks receive its events first, so
 * changes that are applied later in this safe point follow those events.
 */
export function saveMidway(parts: KernelParts, drive: Drive): Promise<void> | null {
  if (!parts.loop.areModulesNotified) parts.ranks?.notifyModules()
  const saved = saveNow(parts, drive)
  if (saved === null) takePlace(parts)
  return saved?.then(() => takePlace(parts)) ?? null
}

/** Saves the checkpoints that were requested at this safe point. */
export function saveNow(parts: KernelParts, drive: Drive): Promise<void> | null {
  notifyModules(parts)
  let waiting: Promise<void> | null = null
  for (const { ask, tag } of parts.queues.takeSaves()) {
    if (parts.condition.superseded) return waiting
    const save = (): Promise<void> | null => saveCheckpoint(parts, ask, tag, drive)
    waiting = waiting === null ? save() : waiting.then(() => save() ?? undefined)
  }
  if (waiting === null) parts.recorder.flush()
  return waiting?.then(() => void parts.recorder.flush()) ?? null
}

// Flushes the ledger to disk before the save.
function saveCheckpoint(parts: KernelParts, ask: Ask, tag: string, drive: Drive): Promise<void> | null {
  const { modules, kernel } = takeSnapshot(parts)
  parts.recorder.flush()
  parts.ledger.sync?.()
  const step = nextStepOf(parts.loop)
  const abort = new AbortController()
  const by = { source: ask.source, author: ask.author }
  const { seq, attempt } = parts.recorder
  const request = { tag, step, seq, calls: parts.loop.call + 1, by, modules, kernel, attempt, signal: abort.signal }
  return settle(
    parts,
    ask,
    { drive, name: 'save', abandon: () => abort.abort() },
    () => parts.options.checkpoints?.save?.(request),
    () => {
      parts.recorder.record(ask, {
        decision: 'applied',
        payload: { action: ask.op.params?.action ?? 'save', tag, step },
      })
      parts.queues.addSavedTag(tag)
    },
  )
}

/**
 * Updates the number of calls in the checkpoints of this step, because a load places changes after the last call.
 */
export function recountCalls(parts: KernelParts): void {
  for (const tag of parts.queues.savedTags) {
    try {
      parts.options.checkpoints?.recount?.({ tag, calls: parts.loop.call + 1 })
    } catch (error) {
      parts.note(`checkpoint \`${tag}\`: its \`calls\` could not be rewritten: ${describeError(error).message}`)
    }
  }
}

export function fail(parts: KernelParts, ask: Ask, error: string): null {
  parts.recorder.record(ask, { decision: 'failed', error })
  return null
}

/** Calls a checkpoint handler, and calls `then` when the handler is done. If the handler fails, the ask fails. */
export function settle<Given>(
  parts: KernelParts,
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
    if (drive === 'async') return given.then(then).catch((error: unknown) => failWith(parts, ask, name, error))
    abandon()
    given.catch(() => undefined)
    return fail(parts, ask, `\`${name}\` returned a promise: call \`applyAsync\` instead of \`apply\``)
  } catch (error) {
    failWith(parts, ask, name, error)
    return null
  }
}

function failWith(parts: KernelParts, ask: Ask, name: string, error: unknown): void {
  const { message, traceback } = describeError(error)
  parts.recorder.record(ask, {
    decision: 'failed',
    error: `\`${name}\` failed: ${message}`,
    traceback,
    ranks: ranksOf(error),
  })
}
