import { readFileSync } from 'node:fs'
import type { Options } from 'tsup'
import { library } from '../../tsup.preset.ts'

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))

const CRYPTO = ['randomBytes', 'randomUUID', 'createHash']

// One CommonJS file holds what every command loads, made from the sources; each module in it runs when it is first
// asked for. `hotcb set` is then one file to find and read: a fifth of the start of a bare node, where ESM chunks took
// as long again. Demos and dashboard stay packages of their own, imported when they are asked for.
export default library({
  entry: { hotcb: 'src/index.ts' },
  format: 'cjs',
  platform: 'node',
  splitting: false,
  minify: true,
  sourcemap: false,
  // It would take the built-in modules out of the plugin's hands.
  removeNodeProtocol: false,
  noExternal: [/^@hotcb\/(cli|protocol|journal)$/, 'citty'],
  external: ['@hotcb/dashboard', '@hotcb/demos'],
  define: { HOTCB_VERSION: JSON.stringify(version) },
  esbuildPlugins: [lateBuiltins({ 'node:crypto': CRYPTO, 'node:child_process': ['execFileSync'] })],
  esbuildOptions: (options) => {
    options.conditions = ['@hotcb/source', 'node', 'import']
  },
  onSuccess: async () => {},
})

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** Loads slow built-in modules when one of their functions is called. A function not named here fails the build. */
function lateBuiltins(modules: Readonly<Record<string, readonly string[]>>): Plugin {
  return {
    name: 'late-builtins',
    setup(build) {
      build.onResolve({ filter: /^node:/ }, ({ path }) => (path in modules ? { path, namespace: 'late' } : undefined))
      build.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
        contents: (modules[path] ?? [])
          .map((name) => `export const ${name} = (...args) => process.getBuiltinModule('${path}').${name}(...args)`)
          .join('\n'),
      }))
    },
  }
}
