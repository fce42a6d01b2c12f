// `npm run version:packages`: `changeset version`, and then this. Writes the version of each package into the sources that report
// it, so that no one has to remember to do it. `node scripts/write-versions.mjs [ROOT]`.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url))

/** Each place that contains a version: its package, its file, and the text around the version. */
const PLACES = [
  ['packages/kernel', 'src/version.ts', /(VERSION = ')[^']+(')/],
  ['packages/bridge', 'src/node/version.ts', /(VERSION = ')[^']+(')/],
  ['packages/bridge', 'python/src/hotcb_bridge/_version.py', /(__version__ = ")[^"]+(")/],
  ['apps/dashboard', 'src/server/version.ts', /(VERSION = ')[^']+(')/],
]

for (const [folder, file, pattern] of PLACES) {
  const { version } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'))
  const path = join(ROOT, folder, file)
  const text = readFileSync(path, 'utf8')
  if (!pattern.test(text)) throw new Error(`${folder}/${file} has no line with a version`)
  const written = text.replace(pattern, `$1${version}$2`)
  if (written === text) continue
  writeFileSync(path, written)
  console.log(`${folder}/${file}: ${version}`)
}
