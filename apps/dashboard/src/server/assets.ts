import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { baseOf } from './base-path.ts'

/** One of the page's files, ready to be sent. */
export interface Asset {
  readonly type: string
  readonly bytes: Buffer
  readonly gzipped: Buffer
  /** Whether the file may be cached forever, because its name changes with its content. */
  readonly isLasting: boolean
}

/** The built page. */
export interface Assets {
  /**
   * Returns the file for a path. For a path that the page's own code handles, this is the page itself, with the address of its
   * files inserted.
   */
  find(path: string): Asset | undefined
}

/** Reads the built page into memory. No request path ever reaches the file system. */
export function loadAssets(folder: string | undefined = webFolder()): Assets {
  const files = new Map<string, Asset>()
  for (const path of folder === undefined ? [] : listFiles(folder)) {
    const name = `/${relative(folder ?? '', path)
      .split(sep)
      .join('/')}`
    const type = TYPES[extname(path)]
    if (type === undefined) continue
    const bytes = readFileSync(path)
    files.set(name, { type, bytes, gzipped: gzipSync(bytes, { level: 9 }), isLasting: name.startsWith('/assets/') })
  }
  const page = files.get('/index.html')?.bytes.toString('utf8') ?? NOT_BUILT
  files.delete('/index.html')
  const pages = new Map<string, Asset>()
  function pageAt(path: string): Asset {
    const base = baseOf(path)
    const known = pages.get(base) ?? pageWithBase(page, base)
    pages.set(base, known)
    return known
  }
  return { find: (path) => files.get(path) ?? (isPagePath(path) ? pageAt(path) : undefined) }
}

// The address is relative to the requested path, so it is correct behind any proxy.
function pageWithBase(page: string, base: string): Asset {
  const bytes = Buffer.from(page.replace('<head>', `<head><base href="${base}">`))
  return { type: 'text/html; charset=utf-8', bytes, gzipped: gzipSync(bytes, { level: 9 }), isLasting: false }
}

const PAGES: ReadonlySet<string> = new Set(['/', '/index.html', '/compare', '/sweeps'])

function isPagePath(path: string): boolean {
  return PAGES.has(path) || /^\/(run|sweep)\/[^/]+\/?$/.test(path)
}

/** Returns the folder that contains the built page: next to the built server, or `dist` if the server runs from its sources. */
function webFolder(): string | undefined {
  for (const place of ['./web/', '../dist/web/', '../../dist/web/']) {
    const folder = fileURLToPath(new URL(place, import.meta.url))
    if (existsSync(join(folder, 'index.html')) && existsSync(join(folder, 'assets'))) return folder
  }
  return undefined
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

const NOT_BUILT =
  '<!doctype html><meta charset="utf-8"><title>hotcb</title><p>The page has not been built: run <code>npm run build</code>.'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
}
