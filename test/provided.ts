import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT, workspacePackages } from './tarballs.ts'

/** Creates the commands `hotcb`, `herd` and `runtimectl`, like an installation; returns the path. */
export function provideHotcb(dir: string): string {
  const bin = join(dir, '.bin')
  mkdirSync(bin)
  for (const name of ['hotcb', 'herd', 'runtimectl']) {
    const program = join(ROOT, 'apps/cli/bin', `${name}.js`)
    writeFileSync(join(bin, name), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`)
    chmodSync(join(bin, name), 0o755)
  }
  return `${bin}:${process.env['PATH'] ?? ''}`
}

/** Lets programs of a guide import the packages of the workspace, as if they were installed. */
export function providePackages(dir: string): void {
  for (const { name, directory } of workspacePackages()) {
    const path = join(dir, 'node_modules', name)
    mkdirSync(dirname(path), { recursive: true })
    if (!existsSync(path)) symlinkSync(join(ROOT, directory), path)
  }
}
