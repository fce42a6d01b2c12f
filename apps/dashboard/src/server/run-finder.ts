import { createHash } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { readdir, realpath } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import { errnoOf, isWithin } from '@hotcb/journal'
import { messageOf } from '@hotcb/protocol'

/** A run directory that the search found. */
export interface FoundRun {
  /** Stable name in addresses, made of letters, digits, `.`, `_`, `-`, `~`. */
  readonly id: string
  /** Path relative to its root, for people. */
  readonly name: string
  /** Real path, with links resolved. */
  readonly dir: string
  /** Real paths of the directories that are served. Links that lead outside them are not followed. */
  readonly roots: readonly string[]
}

/** The result of one search; `problems` are directories that could not be read. */
export interface FoundRuns {
  readonly runs: readonly FoundRun[]
  /** Sweep workspaces; the runs of their trials are not in `runs`. */
  readonly sweeps: readonly FoundRun[]
  readonly problems: readonly string[]
}

/** Where to find runs: a run itself, or directories to search. */
export interface RunPlaces {
  /** A single run, which is shown even before it has any files. */
  readonly dir?: string | undefined
  readonly roots?: readonly string[] | undefined
  /** Additional runs: the directory, and the name for people. */
  readonly further?: ReadonlyMap<string, string> | undefined
  /** How many levels to search below a root. */
  readonly depth: number
}

/**
 * Searches for runs and sweeps. A directory with one of hotcb's files is a run. Directories below a run are searched only if the run is a
 * root.
 */
export async function findRuns(places: RunPlaces): Promise<FoundRuns> {
  const runs = new Map<string, FoundRun>()
  const sweeps = new Map<string, FoundRun>()
  const problems: string[] = []
  const only = places.dir === undefined ? undefined : await realOrNone(places.dir, problems)
  const below = await Promise.all((places.roots ?? []).map((root) => realOrNone(root, problems)))
  // A run that has been deleted is not a problem.
  const named = [...(places.further ?? [])]
  const further = await Promise.all(named.map(([dir]) => realOrNone(dir, [])))
  const roots = [only, ...below, ...further].filter((root) => root !== undefined)
  if (only !== undefined) add(runs, only, basename(only) || 'run', roots)
  for (const root of below) {
    if (root === undefined) continue
    const prefix = below.length > 1 ? `${basename(root)}/` : ''
    await search({ root, roots, prefix, runs, sweeps, problems, depth: places.depth })
  }
  for (const [at, dir] of further.entries()) {
    if (dir !== undefined) add(runs, dir, named[at]?.[1] ?? basename(dir), roots)
  }
  return { runs: [...runs.values()], sweeps: [...sweeps.values()], problems }
}

interface Search {
  readonly root: string
  readonly roots: readonly string[]
  readonly prefix: string
  readonly depth: number
  readonly runs: Map<string, FoundRun>
  readonly sweeps: Map<string, FoundRun>
  readonly problems: string[]
}

async function search(task: Search): Promise<void> {
  let level = [task.root]
  for (let depth = 0; depth <= task.depth && level.length > 0; depth++) {
    const next: string[] = []
    for (let i = 0; i < level.length; i += BATCH) {
      const found = await Promise.all(level.slice(i, i + BATCH).map((dir) => look(dir, task)))
      for (const one of found) {
        record(one, task)
        next.push(...one.below)
      }
    }
    level = next
  }
}

function record({ dir, name, isRun, isSweep, problem }: Look, { runs, sweeps, problems, roots }: Search): void {
  if (problem !== undefined) problems.push(problem)
  if (isSweep) add(sweeps, dir, name, roots)
  if (isRun) add(runs, dir, name, roots)
}

/** A directory that was searched. */
interface Look {
  readonly dir: string
  readonly name: string
  readonly isRun: boolean
  readonly isSweep: boolean
  readonly problem: string | undefined
  /** The directories to search next: none if this is a run below the root. */
  readonly below: readonly string[]
}

// Many directories are read at once. Nothing is recorded here, so that the order of runs does not depend on which one is read first.
async function look(dir: string, { root, prefix }: Search): Promise<Look> {
  const inside = relative(root, dir).split(sep).join('/')
  const name = inside === '' ? basename(dir) : prefix + inside
  const nothing: Look = { dir, name, isRun: false, isSweep: false, problem: undefined, below: [] }
  let entries: Dirent[]
  try {
    entries = await readdir(dir, { withFileTypes: true })
  } catch (error) {
    const reason = errnoOf(error) || messageOf(error)
    return { ...nothing, problem: errnoOf(error) === 'ENOENT' ? undefined : `cannot read \`${dir}\`: ${reason}` }
  }
  // The order of a file system is not the same everywhere.
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  // A workspace may also contain the directories of other runs.
  const isSweep = entries.some((entry) => SWEEP_MARKS.has(entry.name))
  const isRun = entries.some((entry) => MARKS.has(entry.name))
  // A root may be a run and also contain other runs.
  if (isRun && dir !== root) return { ...nothing, isRun, isSweep }
  const below = await Promise.all(entries.map((entry) => directoryOf(dir, entry, root)))
  return { ...nothing, isRun, isSweep, below: below.filter((path) => path !== undefined) }
}

/** Returns the directory that an entry is, or that it links to; undefined if it must not be searched. */
async function directoryOf(dir: string, entry: Dirent, root: string): Promise<string | undefined> {
  if (entry.name.startsWith('.') || entry.name === 'node_modules' || entry.name.startsWith('hotcb.')) return undefined
  const path = join(dir, entry.name)
  if (entry.isDirectory()) return path
  if (!entry.isSymbolicLink()) return undefined
  const real = await realOrNone(path, [])
  const isBelow = real !== undefined && isWithin(real, root) && real !== root && !isWithin(dir, real)
  return isBelow ? real : undefined
}

const BATCH = 32
/** Files and directories that mark a sweep workspace. */
const SWEEP_MARKS: ReadonlySet<string> = new Set(['hyperherd.yaml', '.hyperherd'])
/** Files that mark a run directory. */
const MARKS: ReadonlySet<string> = new Set([
  'hotcb.metrics.jsonl',
  'hotcb.applied.jsonl',
  'hotcb.commands.jsonl',
  'hotcb.state.json',
  'hotcb.run.json',
  'hotcb.actuators.json',
])

function add(runs: Map<string, FoundRun>, dir: string, name: string, roots: readonly string[]): void {
  for (const run of runs.values()) if (run.dir === dir) return
  const plain = name.replaceAll('/', '~').replace(/[^\w.~-]/g, '-')
  const isPlain = plain === name.replaceAll('/', '~') && !name.includes('~') && !/^\.+$/.test(plain)
  const wanted = isPlain && plain.length <= 120 ? plain : `${plain.slice(0, 100)}-${hash(dir)}`
  const id = runs.has(wanted) ? `${wanted}-${hash(dir)}` : wanted
  runs.set(id, { id, name, dir, roots })
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

async function realOrNone(path: string, problems: string[]): Promise<string | undefined> {
  try {
    return await realpath(path)
  } catch (error) {
    problems.push(`cannot read \`${path}\`: ${errnoOf(error) || messageOf(error)}`)
    return undefined
  }
}
