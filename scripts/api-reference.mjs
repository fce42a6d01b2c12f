// `npm run docs:api`: writes the API reference of every package into docs/api, from the declarations and their comments. The
// pages are several megabytes and change with each commit, so they are generated and not committed.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application } from 'typedoc'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const OUT = 'docs/api'
const scratch = mkdtempSync(join(tmpdir(), 'hotcb-api-'))
const wanted = process.argv.slice(2)
const folders = ['packages', 'apps'].flatMap((base) => readdirSync(base).map((name) => join(base, name)))

let written = 0
for (const folder of folders) {
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) continue
  const { name, exports = {} } = JSON.parse(readFileSync(manifest, 'utf8'))
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const entryPoints = Object.values(exports)
    .map((entry) => entry?.['@hotcb/source'])
    .filter((file) => typeof file === 'string' && /\.tsx?$/.test(file))
    .map((file) => join(folder, file))
  if (entryPoints.length === 0) continue
  await document(name, folder, entryPoints)
  written += 1
}
rmSync(scratch, { recursive: true })
console.log(`${written} packages: ${OUT}`)

async function document(name, folder, entryPoints) {
  const out = join(OUT, name.replace('@hotcb/', ''))
  rmSync(out, { recursive: true, force: true })
  const app = await Application.bootstrap({
    name,
    entryPoints,
    basePath: folder,
    tsconfig: configFor(name, entryPoints),
    readme: existsSync(join(folder, 'README.md')) ? join(folder, 'README.md') : 'none',
    excludePrivate: true,
    excludeExternals: true,
    disableSources: true,
    githubPages: false,
    logLevel: 'Error',
  })
  const project = await app.convert()
  if (project === undefined) throw new Error(`typedoc cannot read ${name}`)
  await app.generateDocs(project, out)
}

// With the configuration of the workspace, typedoc would read all packages and tests each time.
function configFor(name, entryPoints) {
  const path = join(scratch, `${name.replace('/', '-')}.json`)
  const files = entryPoints.map((file) => resolve(file))
  const typeRoots = [resolve('node_modules/@types')]
  writeFileSync(
    path,
    JSON.stringify({ extends: resolve('tsconfig.json'), files, include: [], compilerOptions: { typeRoots } }),
  )
  return path
}
