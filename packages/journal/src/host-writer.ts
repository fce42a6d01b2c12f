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
   * Distinguishes this machine from others of the same name: text that is the same in all its processes.
   *
   * @defaultValue the kernel's boot id on Linux, otherwise the addresses of its network cards
   */
  readonly identity?: string
}

/**
 * Opens this host's own command file of a run, `hotcb.commands.d/<host>-<6 hex>.jsonl`, making the folder if needed.
 *
 * For file systems where appends of several hosts are not atomic. Every process of a host gets the same file. Two hosts
 * never do, even if they have the same name, as containers on different machines often have.
 * @throws {@link JournalError} when it cannot be opened; TypeError for an option that does not exist.
 */
export function openHostWriter(runDirectory: string, options: HostWriterOptions = {}): Appender {
  checkOptions('openHostWriter', options, KEYS)
  const directory = join(runDirectory, 'hotcb.commands.d')
  try {
    // Not recursive: a missing run directory is an error and is not created.
    mkdirSync(directory)
  } catch (error) {
    const cause = journalError(`cannot create \`${directory}\``, directory, error)
    if (cause.errno !== 'EEXIST') throw cause
  }
  const { within, ...writer } = options
  return openAppender(join(directory, hostFileName(writer)), within === undefined ? {} : { within })
}

const KEYS: OptionKeys<HostWriterOptions> = { hostname: true, identity: true, within: true }

/** The name of this host's file in `hotcb.commands.d`. @throws TypeError for an option that does not exist */
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

/** One running kernel is one client of the file server; all containers on it share its boot id. */
function machineIdentity(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    // Not Linux.
    const addresses = Object.values(networkInterfaces()).flatMap((cards) => (cards ?? []).map((card) => card.mac))
    return [...new Set(addresses)].sort().join(' ')
  }
}
