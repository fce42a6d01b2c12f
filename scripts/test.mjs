// `npm test`: sets everything up and runs every test.
import { run, setUp } from './set-up.mjs'

setUp()
run('npx', ['vitest', 'run', ...process.argv.slice(2)])
