// Finds the browser for browser tests, screenshots and page benchmarks, or installs it from Debian's package.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The path of a Chromium, or undefined. `HOTCB_CHROMIUM` overrides it. */
export function findChromium() {
  return [process.env.HOTCB_CHROMIUM, ...PLACES].find((path) => path !== undefined && existsSync(path))
}

/** The path of a Chromium, which is installed if that is necessary and allowed; undefined, with a reason on stderr, if there is none. */
export function needChromium() {
  const found = findChromium()
  if (found !== undefined) return found
  const isRoot = process.getuid?.() === 0
  if (!isRoot || spawnSync('apt-get', ['--version']).status !== 0) {
    console.error('no Chromium: install one (Debian: apt-get install chromium), or name one in HOTCB_CHROMIUM')
    return undefined
  }
  console.error('installing Chromium with apt-get')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-qq'], { env, stdio: 'inherit' })
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const installed = findChromium()
  if (installed === undefined) console.error('Chromium could not be installed')
  return installed
}
