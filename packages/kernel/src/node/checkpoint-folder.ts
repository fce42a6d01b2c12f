import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceDocument } from '@hotcb/journal'
import { didYouMean, isObject, messageOf, parseJson, runFiles, show } from '@hotcb/protocol'
import type { CheckpointPort, CheckpointRequest } from '../ports.ts'
import { dropCheckpoint } from './checkpoint-drop.ts'
import { type Checkpoint, listCheckpoints } from './checkpoint-list.ts'
import { deleteTag, makeScratch, putInPlace, removeScratch } from './checkpoint-scratch.ts'

/** How a trainer saves and loads its state. Handlers that return promises need `applyAsync`. */
export interface CheckpointHandlers {
  /** Writes its files into `dir`, which is renamed into place when it is done. `step` is the next step to train. */
  save?(request: { readonly tag: string; readonly step: number; readonly dir: string }): void | Promise<void>
  /**
   * Reads its files from `dir`. It may return nothing; the next step to train is then the one in the checkpoint's
   * `meta.json`. Returning `{ step }` overrides it.
   */
  load?(request: { readonly tag: string; readonly dir: string }): LoadedStep | Promise<LoadedStep>
  /**
   * Why there is no `load`, and what to do instead. It is added to the error message of a command that requests a load.
   */
  readonly noLoad?: string
  /**
   * How many checkpoints named `step-N` to keep, at least 1: those with the highest steps, and the one just saved. The
   * others with such a name are deleted. A checkpoint with any other tag is never deleted.
   *
   * @defaultValue all
   */
  readonly keep?: number
}

// `void` is the type of a function without `return`, which `undefined` alone would reject.
// biome-ignore lint/suspicious/noConfusingVoidType: only a return type, never used as a value.
type LoadedStep = { readonly step: number } | undefined | void

/**
 * Stores checkpoints as folders with a `meta.json`. Each folder is either complete or absent.
 *
 * @param note Called for each folder that could not be deleted.
 * @throws RangeError when `keep` is not a whole number of at least 1.
 */
export function checkpointFolder(
  runDir: string,
  handlers: CheckpointHandlers,
  note: (message: string) => void = () => undefined,
): CheckpointPort {
  const folder = join(runDir, runFiles.checkpoints)
  const { save, load, keep, noLoad } = handlers
  checkKeep(keep)
  return {
    ...(save !== undefined && {
      save(request: CheckpointRequest) {
        const { tag, step, signal } = request
        const dir = makeScratch(folder, tag, request)
        const finish = (): void => {
          if (signal.aborted) {
            removeScratch(dir)
            return
          }
          const { seq, calls, by, modules, kernel } = request
          writeFileSync(join(dir, 'meta.json'), `${JSON.stringify({ step, seq, calls, by, modules, kernel })}\n`)
          putInPlace(dir, folder, tag, request)
          if (keep !== undefined) contained(note, () => prune(runDir, keep, request))
        }
        return undoOnFailure(
          () => {
            const saved = save({ tag, step, dir })
            return saved instanceof Promise ? saved.then(finish) : finish()
          },
          () => removeScratch(dir),
        )
      },
    }),
    recount({ tag, calls }) {
      const path = join(folder, tag, 'meta.json')
      const meta = parseJson(readFileSync(path, 'utf8'))
      if (meta.ok && isObject(meta.value)) replaceDocument(path, `${JSON.stringify({ ...meta.value, calls })}\n`)
    },
    drop: (request) => dropCheckpoint(folder, request),
    ...(noLoad !== undefined && { noLoad }),
    ...(load !== undefined && {
      load({ tag }) {
        const all = listCheckpoints(runDir)
        const checkpoint = tag === null ? all.at(-1) : all.find((one) => one.tag === tag)
        if (checkpoint === undefined) throw new Error(missing(tag, all))
        const { dir, step, snapshot, calls } = checkpoint
        const loaded = load({ tag: checkpoint.tag, dir })
        const whole = (given: LoadedStep) => {
          const at = given?.step ?? step
          // The modules' state matches only the saved step, so it is left out.
          if (at !== step) return { tag: checkpoint.tag, step: at }
          return { tag: checkpoint.tag, step, snapshot, ...(calls !== undefined && { calls }) }
        }
        return loaded instanceof Promise ? loaded.then(whole) : whole(loaded)
      },
    }),
  }
}

function missing(tag: string | null, all: readonly Checkpoint[]): string {
  if (all.length === 0) return 'there is no checkpoint to load'
  const tags = all.map((one) => one.tag)
  return `the checkpoint \`${tag}\` does not exist: ${didYouMean(tag ?? '', tags, `choose from ${tags.join(', ')}`)}`
}

function prune(runDir: string, keep: number, { tag, attempt }: CheckpointRequest): void {
  const automatic = listCheckpoints(runDir).filter((one) => one.tag === `step-${one.step}`)
  // The checkpoint just saved may have a lower step than older ones, if the run was restarted from an earlier step.
  const old = automatic.slice(0, -keep).filter((one) => one.tag !== tag)
  for (const one of old) deleteTag(join(runDir, runFiles.checkpoints), one.tag, { attempt })
}

/** @throws RangeError when it is not a whole number of at least 1. */
export function checkKeep(keep: number | undefined): void {
  if (keep === undefined || (Number.isSafeInteger(keep) && keep >= 1)) return
  throw new RangeError(`\`keep\` must be a whole number of at least 1, got ${show(keep)}: leave it out to keep all`)
}

/** Runs `undo` when `act` throws, or its promise is rejected. */
function undoOnFailure(act: () => void | Promise<void>, undo: () => void): void | Promise<void> {
  const fail = (error: unknown): never => {
    undo()
    throw error
  }
  try {
    const acted = act()
    return acted instanceof Promise ? acted.catch(fail) : acted
  } catch (error) {
    return fail(error)
  }
}

// The new checkpoint is complete, so a failure to delete old ones must not fail the save.
function contained(note: (message: string) => void, act: () => void): void {
  try {
    act()
  } catch (error) {
    note(`old checkpoints could not be deleted: ${messageOf(error)}`)
  }
}
