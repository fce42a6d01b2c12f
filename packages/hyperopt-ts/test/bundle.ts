import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'

const SOURCES = fileURLToPath(new URL('../src/', import.meta.url))
const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url))

/** Returns the text of one file with a program and all its imports; `@src/` and `@fixtures/` refer to those directories. */
export async function bundle(program: string, options: { minify: boolean }): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'hyperopt-ts-bundle-'))
  try {
    const entry = join(directory, 'program.ts')
    writeFileSync(entry, program.replaceAll('@src/', SOURCES).replaceAll('@fixtures/', FIXTURES))
    await build({
      entry: [entry],
      outDir: directory,
      format: 'esm',
      platform: 'neutral',
      target: 'es2022',
      external: [/^node:/],
      removeNodeProtocol: false,
      outExtension: () => ({ js: '.mjs' }),
      minify: options.minify,
      treeshake: false,
      silent: true,
      config: false,
      dts: false,
      tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)),
    })
    return readFileSync(join(directory, 'program.mjs'), 'utf8')
  } finally {
    rmSync(directory, { recursive: true })
  }
}
