import { realpathSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'

/** Returns `path` with links resolved; unchanged if it does not exist. */
export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

/** Whether a real path lies in one of the real folders. */
export function isInside(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => {
    const way = relative(root, path)
    return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
  })
}

/** Returns one line that states why a file may not be loaded; null if it may. */
export function refuseOutside(path: string, roots: readonly string[]): string | null {
  if (isInside(path, roots)) return null
  const list = roots.map((root) => `\`${root}\``).join(', ')
  return `\`${path}\` is outside the allowed roots ${list}: move it there, or add its folder to the trainer's option \`allowedRoots\` (Python: \`allowed_roots\`)`
}
