import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Options } from 'tsup'
import { writeDeclarations } from '../../scripts/declarations.mjs'
import { library } from '../../tsup.preset.ts'

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))

const CRYPTO = ['randomBytes', 'randomUUID', 'createHash', 'createHmac', 'timingSafeEqual']

// These modules are imported on demand and belong to the first file. All others, including those of new commands, belong to the cold one.
const HOT = ['commands/look/status.ts', 'commands/look/log.ts']

// CommonJS files built from the sources, in which each module runs when it is first required. `hotcb.cjs` contains the commands that
// people and scripts type often: `hotcb set` finds and reads one file, which takes half the time of ESM chunks. `cold.cjs` contains the
// other commands; `runtimectl.cjs` is a separate program. Demos and dashboard remain separate packages, imported on demand.
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
    // Its programs are next to it.
    '@hotcb/launch/node',
    /^@hotcb\/metrics(?!\/judge)/,
    // Only `hotcb mcp` loads it.
    /^@hotcb\/mcp/,
    // Loaded if a channel needs them.
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
    // The sources of a bundle come from many packages. Stack traces refer to their places in the public repository.
    options.sourcesContent = false
    options.sourceRoot = `https://github.com/hotcb/hotcb/blob/hotcb@${version}/apps/cli/dist/`
  },
  // Two configs write to one directory, so neither may empty it.
  clean: false,
  onSuccess: async () => {},
})

// The entry for programs. It is separate from the command line, and imports its packages normally.
const api = library({
  entry: { api: 'src/api.ts' },
  splitting: false,
  clean: false,
  onSuccess: async () => writeDeclarations(['src/api.ts'], 'src', 'dist'),
})

export default [programs, api]

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** Redirects each dynamic import of a cold module to `cold.cjs`, and puts all of these modules into that file. */
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

/** Loads slow built-in modules when one of their functions is first called. A function that is missing here fails the build. */
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
