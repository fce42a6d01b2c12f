import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Options } from 'tsup'
import { writeDeclarations } from '../../scripts/declarations.mjs'
import { library } from '../../tsup.preset.ts'

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))

const CRYPTO = ['randomBytes', 'randomUUID', 'createHash', 'createHmac', 'timingSafeEqual']

// What is imported on demand and not named here is cold, a new command too.
const HOT = ['commands/look/status.ts', 'commands/look/log.ts']

// CommonJS files built from the sources, in which each module runs when it is first required. `hotcb.cjs` contains what a
// person or a script types often: `hotcb set` is one file to find and read, and half of the time that ESM chunks took.
// `cold.cjs` contains the rest; `runtimectl.cjs` is a separate program. Demos and dashboard remain separate packages, imported on demand.
const programs = library({
  entry: { hotcb: 'src/index.ts', cold: 'src/cold.ts', runtimectl: 'src/runtimectl.ts' },
  format: 'cjs',
  platform: 'node',
  splitting: false,
  // Otherwise the plugin would not see the built-in modules.
  removeNodeProtocol: false,
  noExternal: [
    /^@hotcb\/(autopilot|cli|commands|expr|llm|monitor|notify|protocol|journal|recipe|run|runtimectl|sweep|tune)(\/|$)/,
    /^@hotcb\/metrics\/judge$/,
    /^@hotcb\/launch$/,
    'citty',
    /^hyperopt-ts(\/|$)/,
    'js-yaml',
  ],
  external: [
    '@hotcb/dashboard',
    '@hotcb/demos',
    // Its programs are beside it.
    '@hotcb/launch/node',
    /^@hotcb\/metrics(?!\/judge)/,
    // Loaded by `hotcb mcp` alone.
    /^@hotcb\/mcp/,
    // Loaded when a channel needs them.
    'nodemailer',
    'discord.js',
    /^@slack\//,
  ],
  define: { HOTCB_VERSION: JSON.stringify(version) },
  esbuildPlugins: [
    coldFile(),
    lateBuiltins({
      'node:crypto': CRYPTO,
      'node:os': ['hostname', 'networkInterfaces', 'homedir', 'availableParallelism', 'tmpdir', 'totalmem', 'userInfo'],
      'node:child_process': ['execFile', 'execFileSync', 'spawn', 'spawnSync'],
    }),
  ],
  esbuildOptions: (options) => {
    options.conditions = ['@hotcb/source', 'node', 'import']
    // The sources of a bundle are in many packages. Stack traces refer to them in the public repository.
    options.sourcesContent = false
    options.sourceRoot = `https://github.com/hotcb/hotcb/blob/hotcb@${version}/apps/cli/dist/`
  },
  // Two configs write to one directory: neither may empty it.
  clean: false,
  onSuccess: async () => {},
})

// What a program imports. It stays apart from the command line, and finds its packages beside it.
const api = library({
  entry: { api: 'src/api.ts' },
  splitting: false,
  clean: false,
  onSuccess: async () => writeDeclarations(['src/api.ts'], 'src', 'dist'),
})

export default [programs, api]

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** Sends each dynamic import of a cold module to `cold.cjs`, and puts all of them into it. */
function coldFile(): Plugin {
  const sources = new URL('../../packages/cli/src/', import.meta.url).pathname
  const names = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const asked = names.flatMap((name) => {
    const imports = readFileSync(join(sources, name), 'utf8').matchAll(/\bimport\('(\.[^']+)'\)/g)
    return [...imports].map(([, path = '']) => join(dirname(name), path))
  })
  const cold = [...new Set(asked)].filter((path) => !HOT.includes(path)).sort()
  return {
    name: 'cold-file',
    setup(build) {
      build.onResolve({ filter: /^\.\.?\// }, ({ path, kind, resolveDir }) =>
        kind === 'dynamic-import' && cold.includes(relative(sources, join(resolveDir, path)))
          ? { path: './cold.cjs', external: true }
          : undefined,
      )
      build.onLoad({ filter: /apps.cli.src.cold\.ts$/ }, () => ({
        contents: cold.map((path) => `export * from './${path}'`).join('\n'),
        resolveDir: sources,
      }))
    },
  }
}

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
