import { createRequire, isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { errnoOf } from '@hotcb/journal'
import * as builtinCallbacks from '../callbacks.ts'
import * as root from '../index.ts'
import { resolveImport } from './transform.ts'

/**
 * Requires a package, resolved from a file, or else from the working directory, because a run directory contains no packages.
 *
 * @throws Error with one line when it is in neither place, or has a top-level await.
 */
export function requirePackage(specifier: string, from: string): unknown {
  const own = OWN.get(specifier)
  if (own !== undefined) return own
  if (isBuiltin(specifier)) return createRequire(from)(specifier)
  const path = resolvePackage(specifier, from)
  try {
    return createRequire(from)(path)
  } catch (error) {
    if (errnoOf(error) !== 'ERR_REQUIRE_ASYNC_MODULE') throw error
    throw new Error(`\`${specifier}\` has a top-level \`await\`: import it inside \`handle\``, { cause: error })
  }
}

/** Imports a package, resolved from a file, or else from the working directory. */
export async function importPackage(specifier: string, from: string): Promise<unknown> {
  const own = OWN.get(specifier)
  if (own !== undefined) return own
  if (isBuiltin(specifier)) return import(specifier)
  return import(pathToFileURL(resolvePackage(specifier, from)).href)
}

/**
 * Returns the file for a package specifier; for a built-in Node module, its name.
 * @throws Error with one line when
 * there is none.
 */
export function resolvePackage(specifier: string, from: string): string {
  if (isBuiltin(specifier)) return specifier
  const places = [from, join(process.cwd(), 'here.js')]
  for (const place of places) {
    const path = resolveAt(specifier, place)
    if (path !== undefined) return path
  }
  const looked = [...new Set(places.map(dirname))].map((place) => `\`${place}\``).join(' or ')
  throw new Error(`package \`${specifier}\` was not found from ${looked}`)
}

// Modules of this process, which a callback file in a run directory may import without installing them. This is a map,
// because a command may name a package `toString`.
const OWN: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['@hotcb/cb', root],
  ['@hotcb/cb/callbacks', builtinCallbacks],
])

function resolveAt(specifier: string, place: string): string | undefined {
  try {
    return createRequire(place).resolve(specifier)
  } catch (error) {
    // A package without an entry for `require` may still be required, by its `import` path.
    if (errnoOf(error) === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return resolveImport(specifier, place)
    return undefined
  }
}
