import { readdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { processExists } from '@hotcb/journal'

/** Event files that earlier processes left in a directory. */
export interface ForeignFiles {
  readonly count: number
  /** The latest time in their names, in epoch seconds. */
  readonly newestSeconds: number
}

/** The name of an event file: epoch seconds, then who wrote it. */
export function eventFileName(seconds: number, writer: string): string {
  return `events.out.tfevents.${String(Math.floor(seconds)).padStart(10, '0')}.${writer}`
}

/** The end of the name of an exported file, by which the next export finds it. Trainings never write such names. */
export const EXPORT_WRITER = 'hotcb-export.0'

/** Names in a directory that TensorBoard takes for event files. @throws Error when it cannot be read. */
export function eventFilesIn(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.includes('tfevents'))
}

/**
 * Event files that nobody writes any more: not those in `open`, and not those of another live process of this host, which
 * may be a rank of the same run.
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
