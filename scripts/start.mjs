// `npm start`: sets everything up, then trains the digits slowly enough for changes from a second terminal. `npm start --
// FLAGS` passes flags on to `hotcb demo`.
import { setUp } from './set-up.mjs'

// 2,000 steps of one or two milliseconds with this delay take about a minute.
const STEP_DELAY_SECONDS = 0.027

setUp()
const given = process.argv.slice(2)
// A continued run keeps its own step delay.
const isPaced = given.some((word) => word === '--continue' || word.startsWith('--step-delay'))
const pace = isPaced ? [] : ['--step-delay', String(STEP_DELAY_SECONDS)]
process.argv.splice(2, given.length, 'demo', ...pace, ...given)
await import('../apps/cli/bin/hotcb.js')
