// `npm test`: sets everything up and runs every test, with browser tests last.
import { needChromium } from './chromium.mjs'
import { run, setUp } from './set-up.mjs'

const args = process.argv.slice(2)
setUp()
// The browser is needed before all tests, because the tests of hyperopt-ts also use it.
const chromium = args.length === 0 ? needChromium() : undefined
run('npx', ['vitest', 'run', ...args])
if (args.length === 0) {
  if (chromium !== undefined) run('npx', ['vitest', 'run', '--config', 'vitest.browser.config.ts'])
  else {
    console.error('NOT RUN: the tests of the dashboard in a browser (apps/dashboard/browser)')
    if (process.env.CI) process.exit(1)
  }
}
