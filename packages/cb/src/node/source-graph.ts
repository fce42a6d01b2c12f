import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { dirname, extname, relative, sep } from 'node:path'
import { messageOf } from '@hotcb/protocol'
import type { SourceLanguage } from './language.ts'
import { realPath, refuseOutside } from './roots.ts'

/** One file. It is read once, and these bytes are hashed, stored and evaluated. */
export interface SourceFile {
  readonly path: string
  /** Its nominal path: shown in traces, and used to resolve packages. */
  readonly place: string
  readonly bytes: Buffer
  readonly sha256: string
  /** The text as prepared by the language. */
  readonly code: string
  /** Real paths of its relative imports, by specifier. */
  readonly imports: ReadonlyMap<string, string>
}

/** A file and all files that it imports by relative paths. */
export interface SourceGraph {
  /** Real path of the requested file. */
  readonly entry: string
  /** The folder that contains all of them. */
  readonly root: string
  readonly files: ReadonlyMap<string, SourceFile>
  /**
   * For a single file, the hash of its bytes. For several, the hash of the sorted lines `path NUL sha256`, with paths
   * from `root` separated by `/`.
   */
  readonly sha256: string
}

export type GraphResult =
  | { readonly ok: true; readonly graph: SourceGraph }
  | { readonly ok: false; readonly reason: string }

/**
 * Reads a file and its relative imports.
 *
 * Rejects, with a one-line reason that includes the position, files outside `roots`, files of a different kind, links, relative imports of
 * missing files, and everything that the language rejects, such as syntax errors and access to a file that could not be captured.
 *
 * @param placeOf Returns the nominal path for a real path, for copies of sources that were originally elsewhere.
 */
export function readGraph(
  entryPath: string,
  roots: readonly string[],
  language: SourceLanguage,
  placeOf: (path: string) => string = (path) => path,
): GraphResult {
  const entry = realPath(entryPath)
  const files = new Map<string, SourceFile>()
  const open: Wanted[] = [{ path: entry, by: null }]
  for (let wanted = open.pop(); wanted !== undefined; wanted = open.pop()) {
    const { path, by } = wanted
    if (files.has(path)) continue
    const read = readSource(path, placeOf(path), roots, language)
    if (!read.ok) return by === null || read.isOwn ? read : refuse(`${by()}: ${read.reason}`)
    files.set(path, read.file)
    open.push(...read.wanted)
  }
  const root = commonFolder([...files.keys()])
  return { ok: true, graph: { entry, root, files, sha256: hashOf(root, files) } }
}

/** SHA-256 of bytes, as hexadecimal text. */
export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A file to read, and the import that requires it: `line 2 of ... imports ...`, computed only when needed. */
interface Wanted {
  readonly path: string
  readonly by: (() => string) | null
}

type ReadResult =
  | { readonly ok: true; readonly file: SourceFile; readonly wanted: readonly Wanted[] }
  /** `isOwn` means that the reason already names a line in the file itself. */
  | { readonly ok: false; readonly reason: string; readonly isOwn: boolean }

function readSource(path: string, place: string, roots: readonly string[], language: SourceLanguage): ReadResult {
  const bytes = readBytes(path, roots, language)
  if (typeof bytes === 'string') return { ok: false, reason: bytes, isOwn: false }
  const reading = language.read({ path, place, text: withoutMark(bytes.toString('utf8')) })
  if (!reading.ok) return { ok: false, reason: reading.reason, isOwn: true }
  const imports = new Map<string, string>()
  const wanted: Wanted[] = []
  for (const one of reading.imports) {
    const { specifier } = one
    const by = () => `line ${one.line()} of \`${place}\` imports \`${specifier}\``
    const found = firstFile(one.candidates)
    if (found === null && one.isOptional === true) continue
    if (found === null) return { ok: false, reason: `${by()}, which does not exist`, isOwn: true }
    const real = realPath(found)
    if (real !== found) return { ok: false, reason: `${by()}, a link to \`${real}\`: ${NO_LINKS}`, isOwn: true }
    imports.set(specifier, found)
    wanted.push({ path: found, by })
  }
  return { ok: true, file: { path, place, bytes, sha256: sha256(bytes), code: reading.code, imports }, wanted }
}

const NO_LINKS = 'import that file by its own path, because the captured copy contains no links'

/** Returns the bytes of a file, or why it cannot be part of a callback. */
function readBytes(path: string, roots: readonly string[], { extensions }: SourceLanguage): Buffer | string {
  const outside = refuseOutside(path, roots)
  if (outside !== null) return outside
  if (!extensions.includes(extname(path))) {
    return `\`${path}\` is not one of ${extensions.join(' ')}: a callback and its relative imports must be`
  }
  try {
    return readFileSync(path)
  } catch (error) {
    return `\`${path}\` cannot be read: ${messageOf(error)}`
  }
}

function firstFile(candidates: readonly string[]): string | null {
  return candidates.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true) ?? null
}

function commonFolder(paths: readonly string[]): string {
  const [first = sep, ...others] = paths.map(dirname)
  let root = first
  for (const folder of others) {
    while (root !== dirname(root) && relative(root, folder).split(sep)[0] === '..') root = dirname(root)
  }
  return root
}

function hashOf(root: string, files: ReadonlyMap<string, SourceFile>): string {
  const [only, ...others] = files.values()
  if (only !== undefined && others.length === 0) return only.sha256
  const lines = [...files.values()].map((file) => `${placeIn(root, file.path)}\0${file.sha256}\n`)
  return sha256(lines.sort().join(''))
}

/** Returns a file's path relative to a folder, with `/` as separator. */
export function placeIn(root: string, path: string): string {
  return relative(root, path).split(sep).join('/')
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason }
}
