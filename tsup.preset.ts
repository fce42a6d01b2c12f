import { defineConfig, type Options } from 'tsup'
import { writeDeclarations } from './scripts/declarations.mjs'

/**
 * How every library is built: ESM for Node 20.19, one file an entry, shared chunks split.
 * `isolatedDeclarations` lets each `.d.ts` be made from its own file alone, so no package waits for a type check.
 */
export function library(options: Options = {}): ReturnType<typeof defineConfig> {
  const { entry = ['src/index.ts'] } = options
  const entries = Array.isArray(entry) ? entry : Object.values(entry)
  return defineConfig({
    entry,
    format: 'esm',
    target: 'node20.19',
    platform: 'neutral',
    splitting: true,
    // Names stay; white space goes, and so do maps with their sources: they would be over half of every tarball.
    sourcemap: false,
    esbuildOptions: (esbuild) => {
      esbuild.minifyWhitespace = true
    },
    clean: true,
    silent: true,
    dts: false,
    // Keeps `node:` in front of Node's own modules, which must not be bundled.
    removeNodeProtocol: false,
    external: [/^node:/],
    onSuccess: async () => writeDeclarations(entries, 'src', 'dist'),
    ...options,
  })
}
