// Bundles the programs in the Python package, each as one file: the sidecar, `hotcb` and `runtimectl`. Also adds
// their licences and the digits for the demo. `node scripts/bundle-programs.mjs [DIRECTORY]`.
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const root = here('../../..')
const target = process.argv[2] ?? here('../python/src/hotcb_bridge')
const { version } = JSON.parse(readFileSync(join(root, 'apps/cli/package.json'), 'utf8'))

const folders = new Set()
// Its callbacks are written in Python, so the TypeScript compiler is left out.
const alias = { jiti: here('no-compiler.mjs') }
await bundle('packages/bridge/src/node/sidecar.ts', '_sidecar.mjs', { format: 'esm', alias })
const program = { format: 'cjs', define: { HOTCB_VERSION: JSON.stringify(version) } }
await bundle('apps/cli/src/python.ts', '_hotcb.cjs', {
  ...program,
  // Chat, mail and training runs in Node belong to the npm package. None of these programs reads a history in a separate thread.
  external: ['@hotcb/launch/node', 'nodemailer', 'discord.js', '@slack/*'],
  logOverride: { 'empty-import-meta': 'silent' },
})
await bundle('apps/cli/src/runtimectl.ts', '_runtimectl.cjs', program)
writeLicences(join(target, '_licenses.txt'))
copyFileSync(join(root, 'packages/demos/data/digits.csv.gz'), join(target, '_digits.csv.gz'))

async function bundle(entry, name, options) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(root, entry)],
    outfile: join(target, name),
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    conditions: ['@hotcb/source', 'node', 'import'],
    minifySyntax: true,
    minifyWhitespace: true,
    metafile: true,
    logLevel: 'warning',
    ...options,
  })
  for (const [file, { bytesInOutput }] of Object.entries(Object.values(metafile.outputs)[0].inputs)) {
    const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(file)?.[0]
    if (folder !== undefined && bytesInOutput > 0) folders.add(join(root, folder))
  }
}

function writeLicences(file) {
  const texts = new Map()
  for (const folder of [...folders].sort()) {
    const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const licence = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one))
    if (licence === undefined) throw new Error(`${name} has no licence file`)
    texts.set(name, `${name}\n\n${readFileSync(join(folder, licence), 'utf8').trim()}\n`)
  }
  texts.set('digits', readFileSync(join(root, 'packages/demos/data/README.md'), 'utf8'))
  writeFileSync(file, [...texts.values()].join(`\n${'-'.repeat(72)}\n\n`))
}
