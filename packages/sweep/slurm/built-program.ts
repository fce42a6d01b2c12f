import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

/** The path of `program.ts` as one file of JavaScript that every user can read. */
export function buildProgram(): string {
  const home = mkdtempSync(join(tmpdir(), 'slurm-program-'))
  chmodSync(home, 0o755)
  const outfile = join(home, 'program.mjs')
  buildSync({
    entryPoints: [fileURLToPath(new URL('program.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@hotcb/source'],
  })
  return outfile
}
