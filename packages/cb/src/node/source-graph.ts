import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { dirname, extname, join, relative, resolve, sep } from 'node:path'
import { messageOf } from '@hotcb/protocol'
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
 * Refused in one line, with the place: files outside of `roots`, other kinds of file, links, syntax errors, top-level await,
 * relative imports of missing files, and any other access to a file that could be neither hashed nor kept.
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
  const open: Wanted[] = [{ path: entry, by: null }]
  for (let wanted = open.pop(); wanted !== undefined; wanted = open.pop()) {
    const { path, by } = wanted
    if (files.has(path)) continue
    const read = readSource(path, placeOf(path), roots)
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

/** A file to be read, and the import that asks for it: `line 2 of ... imports ...`, computed only when needed. */
interface Wanted {
  readonly path: string
  readonly by: (() => string) | null
}

type ReadResult =
  | { readonly ok: true; readonly file: SourceFile; readonly wanted: readonly Wanted[] }
  /** `isOwn`: the reason already names a line of the file itself. */
  | { readonly ok: false; readonly reason: string; readonly isOwn: boolean }

const EXTENSIONS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json'] as const

function readSource(path: string, place: string, roots: readonly string[]): ReadResult {
  const bytes = readBytes(path, roots)
  if (typeof bytes === 'string') return { ok: false, reason: bytes, isOwn: false }
  const transformed = transformSource(withoutMark(bytes.toString('utf8')), place)
  if (!transformed.ok) return { ...transformed, isOwn: true }
  const { code, use, lineOf } = transformed
  if (use.refusal !== null) {
    return { ok: false, reason: `\`${place}\` line ${lineOf(use.refusal.at)}: ${use.refusal.reason}`, isOwn: true }
  }
  const imports = new Map<string, string>()
  const wanted: Wanted[] = []
  for (const { specifier, at } of use.requires.filter((one) => isRelative(one.specifier))) {
    const by = () => `line ${lineOf(at)} of \`${place}\` imports \`${specifier}\``
    const found = resolveRelative(specifier, path)
    if (found === null) return { ok: false, reason: `${by()}, which is not there`, isOwn: true }
    const real = realPath(found)
    if (real !== found) return { ok: false, reason: `${by()}, a link to \`${real}\`: ${NO_LINKS}`, isOwn: true }
    imports.set(specifier, found)
    wanted.push({ path: found, by })
  }
  return { ok: true, file: { path, place, bytes, sha256: sha256(bytes), code, imports }, wanted }
}

const NO_LINKS = 'import that file by its own path, because the captured copy has no links'

/** The bytes of a file, or why it is not one of a callback. */
function readBytes(path: string, roots: readonly string[]): Buffer | string {
  const outside = refuseOutside(path, roots)
  if (outside !== null) return outside
  if (!(EXTENSIONS as readonly string[]).includes(extname(path))) {
    return `\`${path}\` is none of ${EXTENSIONS.join(' ')}: a callback and its relative imports must be`
  }
  try {
    return readFileSync(path)
  } catch (error) {
    return `\`${path}\` cannot be read: ${messageOf(error)}`
  }
}

// As people write them: the file itself, TypeScript's `./x.js` for `./x.ts`, no extension, a folder's index.
function resolveRelative(specifier: string, from: string): string | null {
  const base = resolve(dirname(from), specifier)
  const script = /^(.*)\.([mc]?)js$/.exec(base)
  const candidates = [
    base,
    ...(script === null ? [] : [`${script[1]}.${script[2]}ts`]),
    ...EXTENSIONS.map((extension) => base + extension),
    ...EXTENSIONS.map((extension) => join(base, `index${extension}`)),
  ]
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
