// Installs the workspace with the pinned pnpm and builds it, as `npm start` and `npm test` need it.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
process.env.TURBO_TELEMETRY_DISABLED = '1'

/** Runs a command in the clone's root and ends this process with its exit code when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32', ...options })
  if (result.error) throw result.error
  if (result.signal) process.exit(130)
  if (result.status !== 0) process.exit(result.status ?? 1)
}

/** Installs (unless the lock file is already installed) and builds. */
export function setUp() {
  const { packageManager } = JSON.parse(readFileSync('package.json', 'utf8'))
  if (!isInstalled())
    run('npx', ['-y', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn'])
  run('npx', ['turbo', 'run', 'build', '--output-logs=errors-only', '--ui=stream'])
}

function isInstalled() {
  const stamp = 'node_modules/.modules.yaml'
  return (
    existsSync(stamp) &&
    statSync(stamp).mtimeMs >= statSync('pnpm-lock.yaml').mtimeMs &&
    existsSync('node_modules/.bin/turbo')
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setUp()
