import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { errnoOf, journalError } from '@hotcb/journal'

/**
 * Creates the first free `<parent>/<name>-NNN` and returns its path. Two simultaneous calls get different folders.
 *
 * @throws JournalError when it cannot be created.
 */
export function makeRunFolder(parent: string, name: string): string {
  makeFolder(parent, { recursive: true })
  for (let number = 1; ; number++) {
    const dir = join(parent, `${name}-${String(number).padStart(3, '0')}`)
    if (makeFolder(dir)) return dir
  }
}

/** False if it already existed. */
function makeFolder(dir: string, options: { readonly recursive?: boolean } = {}): boolean {
  try {
    mkdirSync(dir, options)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw journalError(`cannot create \`${dir}\``, dir, error)
  }
}
