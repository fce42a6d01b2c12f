import { lstat, realpath } from 'node:fs/promises'
import { Problem } from './problem.ts'
import { isWithin } from './run-finder.ts'

/**
 * The path to read or write in place of `path`, which lies in a directory whose real path is known: itself, or where
 * its links lead if that is below one of `roots`.
 *
 * @returns undefined when nothing is there.
 * @throws {@link Problem} `forbidden_path` when a link leads out of the roots.
 */
export async function confine(path: string, roots: readonly string[]): Promise<string | undefined> {
  let real: string
  try {
    const stats = await lstat(path)
    if (!stats.isSymbolicLink()) return path
    real = await realpath(path)
  } catch {
    // Not there, or a link to nothing.
    return undefined
  }
  if (roots.some((root) => isWithin(real, root))) return real
  throw new Problem(403, 'forbidden_path', `\`${path}\` is a link out of the directories that are served`)
}
