// `npm run pack [-- DIR]`: writes the tarballs of all packages to one folder, in the form in which they are published. Default:
// `tarballs`.
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { run, setUp } from './set-up.mjs'

const [given = 'tarballs', ...more] = process.argv.slice(2)
if (more.length > 0 || given.startsWith('-')) {
  console.error(`\`npm run pack\` accepts one folder, got ${process.argv.slice(2).join(' ')}`)
  process.exit(2)
}
// npm runs scripts in the root of the clone, but a typed folder is relative to the user's directory.
const folder = given === 'tarballs' ? resolve(given) : resolve(process.env.INIT_CWD ?? '.', given)

setUp()
mkdirSync(folder, { recursive: true })
// Older tarballs in the folder belong to another state of the sources.
for (const name of tarballsIn(folder)) rmSync(join(folder, name))
const filters = ['./packages/*', './apps/*'].flatMap((below) => ['--filter', below])
run('node_modules/.bin/pnpm', [...filters, 'pack', '--pack-destination', folder], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
console.log(`${tarballsIn(folder).length} packages in ${folder}. In your own project:`)
console.log(`\n  npm install ${quoted(folder)}/*.tgz\n`)

function tarballsIn(dir) {
  return readdirSync(dir).filter((name) => /^(hotcb|hyperopt-ts)-.*\.tgz$/.test(name))
}

function quoted(path) {
  return /\s/.test(path) ? `"${path}"` : path
}
