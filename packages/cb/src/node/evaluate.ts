import { dirname, isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compileFunction } from 'node:vm'
import { isRelative, nameReason } from './module-use.ts'
import { importPackage, requirePackage, resolvePackage } from './packages.ts'
import { createRequireOf, isModuleModule, type Require } from './required-module.ts'
import type { SourceFile, SourceGraph } from './source-graph.ts'

/**
 * Evaluates a graph from the bytes that were read. Each file is evaluated once per call, and again at the next call.
 *
 * @returns The exports of the entry.
 * @throws Any error from the code, and an Error when a package is missing.
 */
export function evaluateGraph(graph: SourceGraph): unknown {
  const modules = new Map<string, CommonModule>()

  function run(path: string): unknown {
    const known = modules.get(path)
    if (known !== undefined) return known.exports
    const file = graph.files.get(path)
    if (file === undefined) throw new Error(`unreachable: \`${path}\` was not read`)
    const module: CommonModule = { exports: {} }
    modules.set(path, module)
    if (path.endsWith('.json')) module.exports = JSON.parse(file.code)
    else call(file, module)
    return module.exports
  }

  function call(file: SourceFile, module: CommonModule): void {
    const filename = file.place
    const names = ['exports', 'require', 'module', '__filename', '__dirname', ...JITI_NAMES]
    const main = compileFunction(file.code, names, { filename })
    const required = (specifier: string): unknown => {
      const path = file.imports.get(specifier)
      if (path !== undefined) return run(path)
      requirePackageName(specifier, filename)
      return isModuleModule(specifier) ? facade : requirePackage(specifier, filename)
    }
    const resolved = (specifier: string): string => {
      requirePackageName(specifier, filename)
      return resolvePackage(specifier, filename)
    }
    const requireFrom: Require = Object.assign(required, { resolve: resolved })
    module.require = requireFrom
    const facade = createRequireOf(filename, requireFrom)
    const importFrom = async (specifier: string): Promise<unknown> => {
      if (isRelative(specifier))
        throw new Error(`dynamic import of \`${specifier}\` is not allowed: import it at the top`)
      requirePackageName(specifier, filename)
      return isModuleModule(specifier) ? facade : importPackage(specifier, filename)
    }
    const resolveFrom = (specifier: string): string => {
      const path = resolved(specifier)
      return isAbsolute(path) ? pathToFileURL(path).href : path
    }
    main.call(module.exports, module.exports, requireFrom, module, filename, dirname(filename), importFrom, resolveFrom)
  }

  return run(graph.entry)
}

interface CommonModule {
  exports: unknown
  require?: Require
}

// The replacements that jiti's compiler uses for `import()` and `import.meta.resolve`.
const JITI_NAMES = ['jitiImport', 'jitiESMResolve'] as const

/** Rejects a file specifier, because only captured files may run. @throws Error */
function requirePackageName(specifier: string, filename: string): void {
  if (isRelative(specifier)) throw new Error(`\`${filename}\` may only require \`${specifier}\` by a literal path`)
  const reason = nameReason(specifier)
  if (reason !== null) throw new Error(`\`${specifier}\` in \`${filename}\` ${reason}`)
}
