import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

// Most test files share one module cache: to load the sources once for each file costs more than most of the tests. Files that
// replace modules, or check which are loaded, need their own. So do files that import a module with hooks: Vitest runs such a
// module once for all files that share it, and would register its hooks only for the first of them. So do files about the pages of
// the dashboard: Preact and its signals keep a queue of renders for the whole process, and one file could spoil it for another.
const OWN_MODULES = /\bvi\.(?:mock|doMock|resetModules)\(|createRequire\(import\.meta\.url\)\.cache/
const PAGES = join('apps', 'dashboard', 'test', 'page')
const HOOKS = /^(?:before|after)(?:All|Each)\(/m

/** The projects of a configuration with these test files: those that share their modules, then the others. */
export function testProjects(files: readonly string[]) {
  const own = new Set(files.filter((file) => file.startsWith(PAGES) || needsOwnModules(textsOf(file))))
  const projects = [
    { name: 'shared', isolate: false, include: files.filter((file) => !own.has(file)) },
    { name: 'own', isolate: true, include: [...own] },
  ]
  return projects
    .filter(({ include }) => include.length > 0)
    .map((test, groupOrder) => ({ extends: true as const, test: { ...test, sequence: { groupOrder } } }))
}

/** The texts of a test file and, after it, of the modules in test folders that it imports, directly or not. */
export function textsOf(file: string, seen = new Set<string>()): readonly string[] {
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  const imported = [...text.matchAll(/from '(\.[^']*\.ts)'/g)].map(([, path]) => join(dirname(file), path ?? ''))
  // A test may write a program that imports a file of its own.
  const own = imported.filter((path) => /(?:^|\/)test\//.test(path) && existsSync(path))
  return [text, ...own.flatMap((path) => (seen.has(path) ? [] : textsOf(path, seen)))]
}

function needsOwnModules([test = '', ...imported]: readonly string[]): boolean {
  return OWN_MODULES.test(test) || imported.some((text) => HOOKS.test(text))
}
