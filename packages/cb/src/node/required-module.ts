import * as nodeModule from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { requirePackage, resolvePackage } from './packages.ts'

/** The `require` function of a callback file. */
export interface Require {
  (specifier: string): unknown
  resolve(specifier: string): string
}

/** Whether a specifier names Node's module system, `node:module`. */
export function isModuleModule(specifier: string): boolean {
  return specifier === 'module' || specifier === 'node:module'
}

/**
 * Creates the `node:module` that callbacks receive. Its `createRequire` loads only captured files and packages. The real
 * one would load files from disk that are not hashed and not available to a replay.
 *
 * @param own The file's own `require`.
 */
export function createRequireOf(filename: string, own: Require): object {
  function createRequire(from: string | URL): Require {
    const place = String(from).startsWith('file:') ? fileURLToPath(from) : String(from)
    if (folderOf(place) === dirname(filename)) return own
    const refuseFile = (specifier: string): void => {
      if (/^(?:\.{0,2}\/|\.{1,2}$|file:|#)/.test(specifier)) {
        throw new Error(
          `\`${specifier}\` is required from \`${place}\`: a file can only be required from its own folder, by a literal path`,
        )
      }
    }
    const required = (specifier: string): unknown => {
      refuseFile(specifier)
      return isModuleModule(specifier) ? facade : requirePackage(specifier, place)
    }
    const resolve = (specifier: string): string => {
      refuseFile(specifier)
      return resolvePackage(specifier, place)
    }
    return Object.assign(required, { resolve })
  }

  const { builtinModules, isBuiltin } = nodeModule
  const facade: Record<string, unknown> = { builtinModules, isBuiltin, createRequire }
  facade['default'] = facade
  return facade
}

// A path that ends with a slash is a folder.
function folderOf(place: string): string {
  return dirname(place.endsWith('/') ? `${place}.` : place)
}
