import { join } from 'node:path'
import { readDocument } from '@hotcb/journal'
import { nearest, parseJson, printable, textWidth } from '@hotcb/protocol'
import { type RegisteredPath, readRegistry } from '../../registry-document.ts'
import { queueFiles } from '../files.ts'

/**
 * Returns the output of `runtimectl list`: one line for each path that the trainer registered.
 * @throws Error when there
 * is none.
 */
export function listLines(dir: string): readonly string[] {
  const paths = readPaths(dir)
  if (paths === null)
    throw new Error(`no trainer has registered anything in \`${dir}\` (there is no ${queueFiles.registry})`)
  const rows = paths.map(({ path, description }) => [printable(path), printable(description)] as const)
  const width = Math.max(0, ...rows.map(([path]) => textWidth(path)))
  return rows.map(([path, description]) =>
    description === '' ? path : `${path}${' '.repeat(width - textWidth(path))}  ${description}`,
  )
}

/** Returns a warning for a path that the trainer has not registered; null if it has, or if it has published no paths. */
export function pathHint(dir: string, path: string): string | null {
  let known: readonly RegisteredPath[] | null
  try {
    known = readPaths(dir)
  } catch {
    // A document that cannot be read counts as missing.
    return null
  }
  if (known === null || known.some((one) => one.path === path)) return null
  const [near] = nearest(
    path,
    known.map((one) => one.path),
    1,
  )
  const hint = near === undefined ? 'List the known paths with `list`.' : `did you mean \`${near}\`?`
  return `the trainer has not registered the path \`${path}\`: ${hint} The command is queued anyway`
}

function readPaths(dir: string): readonly RegisteredPath[] | null {
  const found = readDocument(join(dir, queueFiles.registry))
  if (found === null) return null
  const parsed = parseJson(found.text)
  if (!parsed.ok) throw new Error(`\`${join(dir, queueFiles.registry)}\` cannot be read: ${parsed.reason}`)
  return readRegistry(parsed.value)
}
