import { existsSync, readdirSync, type Stats, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errnoOf, readDocument } from '@hotcb/journal'
import { type FreezeMode, parseFreeze, runFiles } from '@hotcb/protocol'
import { makeRunFolder } from '@hotcb/run/node'
import { DemoError } from '../errors.ts'
import { continueLine } from './advice.ts'

const PARENT = 'runs'
const NAME = /^demo-(\d{3,})$/

/**
 * Creates the first free `runs/demo-NNN` and returns its path. Two simultaneous calls get different folders.
 *
 * @throws JournalError if it cannot be created.
 */
export function makeDemoFolder(): string {
  refuseFile(PARENT)
  return makeRunFolder(PARENT, 'demo')
}

/** Returns the latest `runs/demo-NNN` that contains a run; undefined if there is none. */
export function lastRunFolder(): string | undefined {
  let names: string[]
  try {
    names = readdirSync(PARENT)
  } catch {
    return undefined
  }
  const numbered = names.filter((name) => NAME.test(name)).sort((a, b) => numberOf(b) - numberOf(a))
  return numbered.map((name) => join(PARENT, name)).find((dir) => existsSync(join(dir, runFiles.ledger)))
}

/** @throws {@link DemoError} `bad-run` if the directory or one of its parents is a file. */
export function refuseFile(dir: string): void {
  let place = dir
  for (;;) {
    const stats = lookAt(place)
    if (stats?.isDirectory()) return
    if (stats !== undefined) throw new DemoError('bad-run', `\`${place}\` is a file, not a directory for runs`)
    const above = dirname(place)
    if (above === place) return
    place = above
  }
}

function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    // A parent of the directory is a file.
    if (errnoOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}

/** @throws {@link DemoError} `bad-run` for a directory that already contains a run, with the command to use. */
export function refuseUsedFolder(dir: string, command: string): void {
  if (!existsSync(join(dir, runFiles.run)) && !isTrained(dir)) return
  throw new DemoError(
    'bad-run',
    `\`${dir}\` already contains a run: type \`${continueLine(dir, command)}\` to continue it, or name another directory`,
  )
}

/** Whether anything was trained in a run directory. */
export function isTrained(dir: string): boolean {
  return (statSync(join(dir, runFiles.metrics), { throwIfNoEntry: false })?.size ?? 0) > 0
}

/** Returns a run's initial freeze state. An unreadable document counts as `prod`, as it does for the run's kernel. */
export function freezeMode(dir: string): FreezeMode {
  const text = readDocument(join(dir, runFiles.freeze))?.text ?? ''
  if (text.trim() === '') return 'off'
  const freeze = parseFreeze(text)
  return freeze.ok ? freeze.value.mode : 'prod'
}

function numberOf(name: string): number {
  return Number(NAME.exec(name)?.[1])
}
