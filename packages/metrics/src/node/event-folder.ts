import { readdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { processExists } from '@hotcb/journal'

/** Event files from earlier processes in a directory. */
export interface ForeignFiles {
  readonly count: number
  /** The latest time in their names, in epoch seconds. */
  readonly newestSeconds: number
}

/** Returns the name of an event file: epoch seconds, then the writer. */
export function eventFileName(seconds: number, writer: string): string {
  return `events.out.tfevents.${String(Math.floor(seconds)).padStart(10, '0')}.${writer}`
}

/**
 * The suffix in the name of an exported file, which the next export uses to find it. Training runs never write files with such names.
 */
export const EXPORT_WRITER = 'hotcb-export.0'

/** Returns the names in a directory that TensorBoard reads as event files. @throws Error if it cannot be read. */
export function eventFilesIn(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.includes('tfevents'))
}

/**
 * Returns the event files without a writer: neither those in `open` nor those of another live process on this host, which may be a rank of
 * the same run.
 */
export function foreignEventFiles(directory: string, open: ReadonlySet<string>): ForeignFiles {
  const names = eventFilesIn(directory).filter((name) => !open.has(join(directory, name)) && !isOfLiveProcess(name))
  const seconds = names.map((name) => Number(/tfevents\.(\d+)/.exec(name)?.[1] ?? 0))
  return { count: names.length, newestSeconds: Math.max(0, ...seconds) }
}

function isOfLiveProcess(name: string): boolean {
  const [, host, pid] = /tfevents\.\d+\.(.+)\.(\d+)\.\d+$/.exec(name) ?? []
  return host === hostname() && pid !== undefined && Number(pid) !== process.pid && processExists(Number(pid))
}
