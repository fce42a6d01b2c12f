import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { errnoOf, processStart, processState } from '@hotcb/journal'

/**
 * The kinds of folders in `hotcb.checkpoints` that are not checkpoints: one being saved, one set aside while another
 * replaces it, or one being deleted.
 */
type ScratchKind = 'saving' | 'replaced' | 'deleted'

interface Scratch {
  readonly path: string
  readonly kind: ScratchKind
  readonly attempt: number
  /** When it was made, in nanoseconds of the system's monotonic clock. Unique within a process. */
  readonly madeNs: bigint
  readonly pid: number
  readonly start: string | null
  readonly tag: string
}

/** The process that made the folder. */
export interface ScratchOwner {
  readonly attempt: number
}

// No tag begins with a dot, so no checkpoint can have such a name. The name contains the kind, the attempt, the pid,
// the creation time, the start time of the process, and the tag.
const NAME = /^\.(saving|replaced|deleted)-(\d+)-(\d+)-(\d+)-([^~]*)~(\w[\w.-]*)$/
const DAY_MS = 24 * 60 * 60 * 1000
// A retry is needed only if another process has created the same folder in the meantime.
const MAX_TRIES = 20

let lastNs = 0n

/** Creates an empty folder into which a checkpoint is saved. Readers never mistake it for a checkpoint. */
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
    // A remaining folder does no harm, since its name begins with a dot.
  }
}

/**
 * Gives a saved folder its tag. If another folder has this tag, that folder is set aside first and deleted afterwards.
 *
 * If the process is killed in between, {@link recoverScratch} restores the old folder.
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
 * Deletes the folder of a tag. An atomic rename first turns it into something that is not a checkpoint; then its files
 * are removed.
 *
 * @returns False if there is no such tag.
 */
export function deleteTag(folder: string, tag: string, owner: ScratchOwner): boolean {
  // An older checkpoint that a killed process had set aside must not be restored at the next open.
  for (const one of scratchIn(folder)) {
    if (one.kind === 'replaced' && one.tag === tag) deleteFolder(one.path, folder, tag, owner)
  }
  return deleteFolder(join(folder, tag), folder, tag, owner)
}

/**
 * Cleans up after killed processes when a run directory is opened: a checkpoint that was set aside gets its tag back if
 * the tag is free; scratch folders whose process has exited, or that are older than a day, are removed. Nothing
 * else is touched.
 *
 * @returns The restored tags.
 */
export function recoverScratch(folder: string): readonly string[] {
  const restored: string[] = []
  // If several folders were set aside, the one that was set aside last is the latest.
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

/**
 * Renames a folder, then deletes it. If the process is killed in between, the half-deleted folder no longer has a tag
 * and cannot get one.
 */
function deleteFolder(path: string, folder: string, tag: string, owner: ScratchOwner): boolean {
  const doomed = scratchPath(folder, 'deleted', tag, owner)
  if (!renameUnlessMissing(path, doomed)) return false
  removeScratch(doomed)
  return true
}

/** Renames a folder that was set aside back to its tag. False if the tag is taken, or there is nothing to restore. */
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
