import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { type Appender, type AppenderOptions, openAppender } from './append.ts'
import { journalError } from './errors.ts'
import { checkOptions, type OptionKeys } from './option-check.ts'

/** Identity of the writer; both values are detected if not given. */
export interface HostWriterOptions extends AppenderOptions {
  /** @defaultValue `os.hostname()` */
  readonly hostname?: string
  /**
   * Distinguishes this machine from others with the same name. It must be the same in all processes on the machine.
   *
   * @defaultValue the kernel's boot id on Linux, otherwise the addresses of its network cards
   */
  readonly identity?: string
}

/**
 * Opens this host's own command file for a run, `hotcb.commands.d/<host>-<6 hex>.jsonl`, and creates the folder if
 * needed.
 *
 * It is for file systems on which appends from several hosts are not atomic. All processes on a host get the same file.
 * Two hosts get different files, even if they have the same name, as containers on different machines often do.
 * @throws {@link JournalError} when it cannot be opened; TypeError for an unknown option.
 */
export function openHostWriter(runDirectory: string, options: HostWriterOptions = {}): Appender {
  checkOptions('openHostWriter', options, KEYS)
  const directory = join(runDirectory, 'hotcb.commands.d')
  try {
    // Not recursive, because a missing run directory is an error and must not be created.
    mkdirSync(directory)
  } catch (error) {
    const cause = journalError(`cannot create \`${directory}\``, directory, error)
    if (cause.errno !== 'EEXIST') throw cause
  }
  const { within, ...writer } = options
  return openAppender(join(directory, hostFileName(writer)), within === undefined ? {} : { within })
}

const KEYS: OptionKeys<HostWriterOptions> = { hostname: true, identity: true, within: true }

/** Returns the name of this host's file in `hotcb.commands.d`. @throws TypeError for an unknown option */
export function hostFileName(options: HostWriterOptions = {}): string {
  checkOptions('hostFileName', options, KEYS)
  const name = options.hostname ?? hostname()
  const hash = createHash('sha256')
    .update(`${name}\0${options.identity ?? machineIdentity()}`)
    .digest('hex')
  return `${fileNamePart(name)}-${hash.slice(0, 6)}.jsonl`
}

const MAX_HOST_LENGTH = 40

function fileNamePart(name: string): string {
  const clean = name
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .slice(0, MAX_HOST_LENGTH)
    .replace(/^-+|-+$/g, '')
  return clean === '' ? 'host' : clean
}

/**
 * Identifies the running operating system kernel, which is one client of the file server. All containers on it share
 * its boot id.
 */
function machineIdentity(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    // Other systems have no boot id.
    const addresses = Object.values(networkInterfaces()).flatMap((cards) => (cards ?? []).map((card) => card.mac))
    return [...new Set(addresses)].sort().join(' ')
  }
}
