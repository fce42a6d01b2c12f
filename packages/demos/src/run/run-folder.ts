import { existsSync, mkdirSync, readdirSync, type Stats, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errnoOf, journalError, readDocument } from '@hotcb/journal'
import { type FreezeMode, parseFreeze, runFiles } from '@hotcb/protocol'
import { DemoError } from '../errors.ts'
import { continueLine } from './advice.ts'

const PARENT = 'runs'
const NAME = /^demo-(\d{3,})$/

/**
 * Makes the first free `runs/demo-NNN` and gives its path. Two that ask at the same time get two.
 *
 * @throws JournalError when it may not be made.
 */
export function makeRunFolder(): string {
  refuseFile(PARENT)
  makeFolder(PARENT, { recursive: true })
  for (let number = 1; ; number++) {
    const dir = join(PARENT, `demo-${String(number).padStart(3, '0')}`)
    if (makeFolder(dir)) return dir
  }
}

/** False where it was there before. */
function makeFolder(dir: string, options: { readonly recursive?: boolean } = {}): boolean {
  try {
    mkdirSync(dir, options)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw journalError(`cannot create \`${dir}\``, dir, error)
  }
}

/** The newest `runs/demo-NNN` that holds a run; undefined when there is none. */
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

/** @throws {@link DemoError} `bad-run` where a file stands in the place of the directory, or of one above it. */
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
    // A file stands above it.
    if (errnoOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}

/** @throws {@link DemoError} `bad-run` for a directory that already holds a run, saying what to type. */
export function refuseUsedFolder(dir: string, command: string): void {
  if (!existsSync(join(dir, runFiles.run)) && !isTrained(dir)) return
  throw new DemoError(
    'bad-run',
    `\`${dir}\` holds a run already: type \`${continueLine(dir, command)}\` to continue it, or name another directory`,
  )
}

/** Whether anything was trained in a run directory. */
export function isTrained(dir: string): boolean {
  return (statSync(join(dir, runFiles.metrics), { throwIfNoEntry: false })?.size ?? 0) > 0
}

/** How a run is frozen as it begins; a document that nobody can read is `prod`, as for its kernel. */
export function freezeMode(dir: string): FreezeMode {
  const text = readDocument(join(dir, runFiles.freeze))?.text ?? ''
  if (text.trim() === '') return 'off'
  const freeze = parseFreeze(text)
  return freeze.ok ? freeze.value.mode : 'prod'
}

function numberOf(name: string): number {
  return Number(NAME.exec(name)?.[1])
}
