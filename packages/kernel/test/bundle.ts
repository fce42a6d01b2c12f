import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Bundles a fixture program from the current sources, because a program that is killed often must start fast. */
export async function bundleProgram(name: string, outDir: string): Promise<string> {
  const outfile = join(outDir, name.replace(/\.ts$/, '.mjs'))
  await build({
    entryPoints: [fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    conditions: ['@hotcb/source'],
    logLevel: 'error',
  })
  return outfile
}
