import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { errnoOf, processStart, processState } from '@hotcb/journal'

/**
 * The kinds of folders in `hotcb.checkpoints` that are not checkpoints: being saved, set aside while another takes its
 * place, or being deleted.
 */
type ScratchKind = 'saving' | 'replaced' | 'deleted'

interface Scratch {
  readonly path: string
  readonly kind: ScratchKind
  readonly attempt: number
  /** When it was made, in nanoseconds of the system's running time: unique. */
  readonly madeNs: bigint
  readonly pid: number
  readonly start: string | null
  readonly tag: string
}

/** The owner of the folder. */
export interface ScratchOwner {
  readonly attempt: number
}

// No tag begins with a dot, so no checkpoint can have such a name: kind, attempt, pid, time made, process start, tag.
const NAME = /^\.(saving|replaced|deleted)-(\d+)-(\d+)-(\d+)-([^~]*)~(\w[\w.-]*)$/
const DAY_MS = 24 * 60 * 60 * 1000
// Each retry means that another process has created one in between.
const MAX_TRIES = 20

let lastNs = 0n

/** Creates an empty folder for saving a checkpoint, which readers do not mistake for one. */
export function makeScratch(folder: string, tag: string, owner: ScratchOwner): string {
  const dir = scratchPath(folder, 'saving', tag, owner)
  mkdirSync(folder, { recursive: true })
  mkdirSync(dir)
  return dir
}

/** Removes a folder that no longer has a tag. If that fails, it is left for a later open. */
export function removeScratch(dir: string): void {
  try {
    rmSync(dir, { recursive: true, force: true })
  } catch {
    // It does no harm: its name begins with a dot.
  }
}

/**
 * Gives a saved folder its tag. The folder that had it is set aside first, and deleted afterwards.
 *
 * A kill in between leaves the old one set aside: {@link recoverScratch} restores it.
 */
export function putInPlace(from: string, folder: string, tag: string, owner: ScratchOwner): void {
  const to = join(folder, tag)
  for (let tries = 1; ; tries++) {
    const aside = scratchPath(folder, 'replaced', tag, owner)
    const hadOne = renameUnlessMissing(to, aside)
    try {
      // rename() does not replace a non-empty folder.
      renameSync(from, to)
    } catch (error) {
      const isOvertaken = isTaken(error)
      if (hadOne && !putBack(aside, to) && isOvertaken) deleteFolder(aside, folder, tag, owner)
      if (!isOvertaken || tries === MAX_TRIES) throw error
      continue
    }
    if (hadOne) deleteFolder(aside, folder, tag, owner)
    return
  }
}

/**
 * Deletes the folder of a tag: first it atomically ceases to be a checkpoint, then its files are removed.
 *
 * @returns False if there is no such tag.
 */
export function deleteTag(folder: string, tag: string, owner: ScratchOwner): boolean {
  // An older one that a killed process had set aside must not come back at the next open.
  for (const one of scratchIn(folder)) {
    if (one.kind === 'replaced' && one.tag === tag) deleteFolder(one.path, folder, tag, owner)
  }
  return deleteFolder(join(folder, tag), folder, tag, owner)
}

/**
 * Cleans up after killed processes when a run directory is opened: a checkpoint that was set aside and whose tag is
 * missing gets it back; scratch folders of a process that is gone, or older than a day, are removed. Nothing else is
 * touched.
 *
 * @returns The restored tags.
 */
export function recoverScratch(folder: string): readonly string[] {
  const restored: string[] = []
  // If several were set aside, the last one is the newest.
  const scratch = scratchIn(folder).sort((a, b) => b.attempt - a.attempt || (b.madeNs > a.madeNs ? 1 : -1))
  for (const { kind, tag, path } of scratch) {
    if (kind === 'replaced' && putBack(path, join(folder, tag))) restored.push(tag)
  }
  for (const one of scratch) {
    if (!isAbandoned(one)) continue
    if (one.kind === 'deleted') removeScratch(one.path)
    else deleteFolder(one.path, folder, one.tag, { attempt: one.attempt })
  }
  return restored
}

function isAbandoned({ path, pid, start }: Scratch): boolean {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return false
  return processState(pid, start) === 'gone' || Date.now() - stats.mtimeMs > DAY_MS
}

/** Renames it first: if a kill leaves a half-deleted folder, it has no tag and cannot get one. */
function deleteFolder(path: string, folder: string, tag: string, owner: ScratchOwner): boolean {
  const doomed = scratchPath(folder, 'deleted', tag, owner)
  if (!renameUnlessMissing(path, doomed)) return false
  removeScratch(doomed)
  return true
}

/** False if the name is taken, or there is nothing to restore. */
function putBack(aside: string, to: string): boolean {
  if (statSync(to, { throwIfNoEntry: false }) !== undefined) return false
  try {
    renameSync(aside, to)
    return true
  } catch {
    // It stays set aside, complete, for the next open.
    return false
  }
}

function renameUnlessMissing(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}

function isTaken(error: unknown): boolean {
  const errno = errnoOf(error)
  return errno === 'ENOTEMPTY' || errno === 'EEXIST' || errno === 'ENOTDIR'
}

function scratchPath(folder: string, kind: ScratchKind, tag: string, { attempt }: ScratchOwner): string {
  const nowNs = process.hrtime.bigint()
  lastNs = nowNs > lastNs ? nowNs : lastNs + 1n
  const start = encodeURIComponent(processStart() ?? '')
  return join(folder, `.${kind}-${attempt}-${process.pid}-${lastNs}-${start}~${tag}`)
}

function scratchIn(folder: string): Scratch[] {
  return namesIn(folder).flatMap((name): Scratch[] => {
    const [, kind, attempt, pid, madeNs = '', start = '', tag = ''] = NAME.exec(name) ?? []
    if (kind !== 'saving' && kind !== 'replaced' && kind !== 'deleted') return []
    const owner = { attempt: Number(attempt), pid: Number(pid), start: decode(start) }
    return [{ path: join(folder, name), kind, tag, madeNs: BigInt(madeNs), ...owner }]
  })
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    // No checkpoint has been saved, or the folder cannot be read.
    return []
  }
}

function decode(start: string): string | null {
  try {
    return start === '' ? null : decodeURIComponent(start)
  } catch {
    return null
  }
}
