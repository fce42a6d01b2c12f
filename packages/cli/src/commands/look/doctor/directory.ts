import { accessSync, constants, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileSystem } from '@hotcb/journal'
import { runFiles } from '@hotcb/protocol'
import { fileClockMs } from '@hotcb/run/node'
import type { Run } from '../../../run.ts'
import { type Finding, fine, noted, problem } from './check.ts'

/** What kind of file system the run is on. */
export function checkFileSystem(run: Run): Finding {
  const { kind, name } = fileSystem(run.dir)
  if (kind === 'local') return fine('file system', `${name}, local`)
  return noted(
    'file system',
    `${name}, taken for a network file system: each host writes commands to a file of its own, and the trainer looks ten times a second`,
    'for quicker answers keep the run on a local disk',
  )
}

/** How much room there is. */
export function checkSpace(run: Run): Finding {
  const { bavail, bsize } = statfsSync(run.dir)
  const megabytes = Math.floor((bavail * bsize) / 1e6)
  const says = `${megabytes >= 10_000 ? `${Math.floor(megabytes / 1000)} GB` : `${megabytes} MB`} free`
  if (megabytes >= 100) return fine('space', says)
  return problem('space', `only ${says}: soon the ledger cannot be written`, 'make room, or move the run')
}

/** Whether this user may write what a command writes, and read what is shown. */
export function checkRights(run: Run): Finding {
  const wrong: string[] = []
  if (!may(run.dir, constants.R_OK | constants.W_OK | constants.X_OK)) wrong.push(`\`${run.dir}\` cannot be written`)
  for (const name of Object.values(runFiles)) {
    const path = join(run.dir, name)
    if (statSync(path, { throwIfNoEntry: false }) === undefined) continue
    if (!may(path, constants.R_OK)) wrong.push(`\`${name}\` cannot be read`)
    else if (WRITTEN.includes(name) && !may(path, constants.W_OK)) wrong.push(`\`${name}\` cannot be written`)
  }
  if (wrong.length === 0) return fine('rights', 'the run can be read and commanded')
  return problem('rights', wrong.join('; '), `ask its owner, or \`chmod u+rw\` what is yours`)
}

const WRITTEN: readonly string[] = [runFiles.commands, runFiles.freeze, runFiles.yaml]

/** Whether the clock that stamps the files agrees with this machine's. */
export function checkClock(run: Run, nowMs: () => number): Finding {
  const before = nowMs()
  const files = fileClockMs(run.dir)
  if (files === null) return noted('clock', 'not compared with that of the file system: nothing can be written here')
  const skew = (files - (before + nowMs()) / 2) / 1000
  if (Math.abs(skew) < 2) return fine('clock', 'agrees with that of the file system')
  const says = `the file system's clock is ${Math.abs(skew).toFixed(1)} s ${skew > 0 ? 'ahead of' : 'behind'} this machine's`
  return problem('clock', `${says}: times of the log and \`--expires ts=\` are off by that`, 'set both by NTP')
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
