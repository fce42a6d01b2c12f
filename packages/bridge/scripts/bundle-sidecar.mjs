// Bundles the sidecar into one file, as the Python package contains it, with the licences of what is in it:
// `node scripts/bundle-sidecar.mjs [FILE]`.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const outfile = process.argv[2] ?? here('../python/src/hotcb_bridge/_sidecar.mjs')

const { metafile } = await build({
  absWorkingDir: here('../../..'),
  entryPoints: [here('../src/node/sidecar.ts')],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  conditions: ['@hotcb/source', 'node', 'import'],
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true,
  logLevel: 'warning',
})

const folders = new Set()
for (const [file, { bytesInOutput }] of Object.entries(Object.values(metafile.outputs)[0].inputs)) {
  const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(file)?.[0]
  if (folder !== undefined && bytesInOutput > 0) folders.add(join(here('../../..'), folder))
}
const texts = [...folders].sort().map((folder) => {
  const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one))
  if (file === undefined) throw new Error(`${name} has no licence file`)
  return `${name}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
})
writeFileSync(outfile.replace(/\.mjs$/, '.licenses.txt'), texts.join(`\n${'-'.repeat(72)}\n\n`))
