import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The clone's root. */
export const ROOT: string = fileURLToPath(new URL('..', import.meta.url))

/** A package of the workspace that is published. */
export interface WorkspacePackage {
  readonly name: string
  /** Directory in the workspace: `packages/kernel`. */
  readonly directory: string
  readonly manifest: Manifest
}

/** The checked fields of a manifest. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** All packages under `packages/` and `apps/` that are not private. */
export function workspacePackages(): WorkspacePackage[] {
  return ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(ROOT, parent)).flatMap((folder) => {
      const directory = `${parent}/${folder}`
      const path = join(ROOT, directory, 'package.json')
      if (statSync(path, { throwIfNoEntry: false }) === undefined) return []
      // This project wrote the file, and the tests check the fields that matter.
      const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest
      return manifest.private === true ? [] : [{ name: manifest.name, directory, manifest }]
    }),
  )
}

/** `names` and every package of the workspace that they need at run time. */
export function withDependencies(names: readonly string[], all: readonly WorkspacePackage[]): string[] {
  const found = new Set<string>()
  const visit = (name: string): void => {
    const known = all.find((one) => one.name === name)
    if (known === undefined || found.has(name)) return
    found.add(name)
    for (const dependency of Object.keys(known.manifest.dependencies ?? {})) visit(dependency)
  }
  names.forEach(visit)
  return [...found]
}

/** Packs packages as they would be published. Returns the tarball of each. */
export function pack(names: readonly string[], destination: string): Map<string, string> {
  mkdirSync(destination, { recursive: true })
  const filters = names.flatMap((name) => ['--filter', name])
  run('node_modules/.bin/pnpm', [...filters, 'pack', '--pack-destination', destination], ROOT)
  return new Map(
    names.map((name) => {
      const start = `${name.replace('@', '').replace('/', '-')}-`
      const file = readdirSync(destination).find((one) => one.startsWith(start) && /^\d/.test(one.slice(start.length)))
      if (file === undefined) throw new Error(`${name} was not packed`)
      return [name, join(destination, file)]
    }),
  )
}

/** Files of a tarball, without the leading `package/`, sorted. */
export function filesOf(tarball: string): string[] {
  const names = run('tar', ['-tzf', tarball], ROOT).trim().split('\n')
  return names.map((name) => name.replace(/^package\//, '')).sort()
}

/** A project in `dir` into which npm has installed tarballs and nothing else. */
export function installWithNpm(dir: string, tarballs: readonly string[]): void {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'package.json'), '{ "name": "empty", "private": true }\n')
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...tarballs], dir)
}

/** Names of all packages that are installed in a project. */
export function installedIn(dir: string): string[] {
  const lock = JSON.parse(readFileSync(join(dir, 'node_modules/.package-lock.json'), 'utf8'))
  return Object.keys(lock.packages)
    .map((path) => path.replace(/^.*node_modules\//, ''))
    .sort()
}

/** Returns the total size in bytes of all matching files below `dir`. */
export function bytesBelow(dir: string, names: RegExp = /(?:)/): number {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && names.test(entry.name))
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

/**
 * Runs a program to its end and returns its output.
 *
 * @throws Error with its output if it fails.
 */
export function run(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 26 })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}${stdout}`)
  return stdout
}
