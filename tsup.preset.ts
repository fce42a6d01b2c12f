import { defineConfig, type Options } from 'tsup'
import { writeDeclarations } from './scripts/declarations.mjs'
import { keepLines } from './scripts/line-maps.mjs'

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
    // A trainer's author reads our stack traces: the code stays as it is written, and `node --enable-source-maps` shows the
    // lines of `src`. Each package ships `src`, so maps need not hold it a second time.
    sourcemap: true,
    esbuildOptions: (esbuild) => {
      esbuild.sourcesContent = false
    },
    clean: true,
    silent: true,
    dts: false,
    // Keeps `node:` in front of Node's own modules, which must not be bundled.
    removeNodeProtocol: false,
    external: [/^node:/],
    onSuccess: async () => {
      writeDeclarations(entries, 'src', 'dist')
      keepLines('dist')
    },
    ...options,
  })
}
