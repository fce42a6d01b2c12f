import { accessSync, constants, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileSystem } from '@hotcb/journal'
import { runFiles } from '@hotcb/protocol'
import { fileClockMs } from '@hotcb/run/node'
import type { Run } from '../../../run.ts'
import { type Finding, fine, noted, problem } from './check.ts'

/** A directory: a run, or a sweep. */
type Place = Pick<Run, 'dir'>

/** Reports the type of the file system that contains the directory. */
export function checkFileSystem(run: Place): Finding {
  const { kind, name } = fileSystem(run.dir)
  if (kind === 'local') return fine('file system', `${name}, local`)
  return noted(
    'file system',
    `${name}, treated as a network file system: each host writes commands to its own file, and the trainer checks ten times a second`,
    'for faster answers, keep it on a local disk',
  )
}

/** Reports the free disk space. */
export function checkSpace(run: Place): Finding {
  const { bavail, bsize } = statfsSync(run.dir)
  const megabytes = Math.floor((bavail * bsize) / 1e6)
  const says = `${megabytes >= 10_000 ? `${Math.floor(megabytes / 1000)} GB` : `${megabytes} MB`} free`
  if (megabytes >= 100) return fine('space', says)
  return problem('space', `only ${says}: writing files will soon fail`, 'free some space, or move the directory')
}

/** Checks whether this user may write the files that commands write and read the files that they show. */
export function checkRights(run: Run): Finding {
  const wrong: string[] = []
  if (!may(run.dir, constants.R_OK | constants.W_OK | constants.X_OK)) wrong.push(`\`${run.dir}\` cannot be written`)
  for (const name of Object.values(runFiles)) {
    const path = join(run.dir, name)
    if (statSync(path, { throwIfNoEntry: false }) === undefined) continue
    if (!may(path, constants.R_OK)) wrong.push(`\`${name}\` cannot be read`)
    else if (WRITTEN.includes(name) && !may(path, constants.W_OK)) wrong.push(`\`${name}\` cannot be written`)
  }
  if (wrong.length === 0) return fine('permissions', 'the run can be read and written')
  return problem('permissions', wrong.join('; '), `ask the owner, or run \`chmod u+rw\` on your own files`)
}

const WRITTEN: readonly string[] = [runFiles.commands, runFiles.freeze, runFiles.yaml]

/** Checks whether the file system's clock agrees with this machine's clock. */
export function checkClock(run: Place, nowMs: () => number): Finding {
  const before = nowMs()
  const files = fileClockMs(run.dir)
  if (files === null) return noted('clock', "not compared with the file system's clock: this directory is read-only")
  const after = nowMs()
  // A slow disk must not count as a wrong clock: any time between the two is right.
  const skew = (files < before ? files - before : files > after ? files - after : 0) / 1000
  if (Math.abs(skew) < 2) return fine('clock', "agrees with the file system's clock")
  const says = `the file system's clock is ${Math.abs(skew).toFixed(1)} s ${skew > 0 ? 'ahead of' : 'behind'} this machine's`
  return problem('clock', `${says}: log times and \`--expires ts=\` are off by that much`, 'synchronize both with NTP')
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
