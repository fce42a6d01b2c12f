import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { dirname, extname, join, relative, resolve, sep } from 'node:path'
import { isRelative } from './module-use.ts'
import { realPath, refuseOutside } from './roots.ts'
import { transformSource } from './transform.ts'

/** One file as it was read, once: these bytes are hashed, kept and evaluated. */
export interface SourceFile {
  readonly path: string
  /** Where it is said to be: what traces show, and where packages resolve from. */
  readonly place: string
  readonly bytes: Buffer
  readonly sha256: string
  readonly code: string
  /** Real paths of its relative imports, by specifier. */
  readonly imports: ReadonlyMap<string, string>
}

/** A file and all that it imports relatively. */
export interface SourceGraph {
  /** Real path of the file that was asked for. */
  readonly entry: string
  /** The folder that holds all of them. */
  readonly root: string
  readonly files: ReadonlyMap<string, SourceFile>
  /** Of the one file's bytes; of several, of the sorted lines `path NUL sha256`, paths from `root` with `/`. */
  readonly sha256: string
}

export type GraphResult =
  | { readonly ok: true; readonly graph: SourceGraph }
  | { readonly ok: false; readonly reason: string }

/**
 * Reads a file and its relative imports.
 *
 * Refused in one line: files outside of `roots`, other kinds of file, syntax errors, top-level await, dynamic imports
 * of relative paths, and relative imports that are not there.
 *
 * @param placeOf Where a real path is said to be, for copies of sources that were elsewhere.
 */
export function readGraph(
  entryPath: string,
  roots: readonly string[],
  placeOf: (path: string) => string = (path) => path,
): GraphResult {
  const entry = realPath(entryPath)
  const files = new Map<string, SourceFile>()
  const open = [entry]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (files.has(path)) continue
    const read = readSource(path, placeOf(path), roots)
    if (!read.ok) return read
    files.set(path, read.file)
    open.push(...read.file.imports.values())
  }
  const root = commonFolder([...files.keys()])
  return { ok: true, graph: { entry, root, files, sha256: hashOf(root, files) } }
}

/** SHA-256 of bytes, as hexadecimal text. */
export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

type ReadResult = { readonly ok: true; readonly file: SourceFile } | { readonly ok: false; readonly reason: string }

const EXTENSIONS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json'] as const

function readSource(path: string, place: string, roots: readonly string[]): ReadResult {
  const outside = refuseOutside(path, roots)
  if (outside !== null) return refuse(outside)
  if (!(EXTENSIONS as readonly string[]).includes(extname(path))) {
    return refuse(`\`${path}\` is none of ${EXTENSIONS.join(' ')}: a callback and its relative imports must be`)
  }
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    return refuse(`\`${path}\` cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  const transformed = transformSource(withoutMark(bytes.toString('utf8')), place)
  if (!transformed.ok) return transformed
  const { code, use } = transformed
  if (use.awaits !== null) {
    return refuse(
      `\`${path}\` line ${use.awaits}: top-level \`await\` is refused, a load must not wait; await in \`handle\``,
    )
  }
  if (use.dynamic !== null) {
    const { line, specifier } = use.dynamic
    return refuse(`\`${place}\` line ${line}: dynamic import of \`${specifier}\` is refused: import it at the top`)
  }
  const imports = new Map<string, string>()
  for (const specifier of use.requires.filter(isRelative)) {
    const found = resolveRelative(specifier, path)
    if (found === null) return refuse(`\`${place}\` imports \`${specifier}\`, which is not there`)
    imports.set(specifier, found)
  }
  return { ok: true, file: { path, place, bytes, sha256: sha256(bytes), code, imports } }
}

// As people write them: the file itself, TypeScript's `./x.js` for `./x.ts`, no extension, a folder's index.
function resolveRelative(specifier: string, from: string): string | null {
  const base = specifier.startsWith('file:') ? new URL(specifier).pathname : resolve(dirname(from), specifier)
  const script = /^(.*)\.([mc]?)js$/.exec(base)
  const candidates = [
    base,
    ...(script === null ? [] : [`${script[1]}.${script[2]}ts`]),
    ...EXTENSIONS.map((extension) => base + extension),
    ...EXTENSIONS.map((extension) => join(base, `index${extension}`)),
  ]
  const found = candidates.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
  return found === undefined ? null : realPath(found)
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

/** A file's path from a folder, with `/`. */
export function placeIn(root: string, path: string): string {
  return relative(root, path).split(sep).join('/')
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason }
}
