// `npm start`: sets everything up, then trains the digits slowly enough to be steered from a second terminal.
import { setUp } from './set-up.mjs'

// 2,000 steps of a millisecond or two and this rest take about a minute.
const STEP_DELAY_SECONDS = 0.027

setUp()
const { runDemo } = await import('../packages/demos/dist/index.js')
try {
  process.exitCode = await runDemo({ stepDelay: STEP_DELAY_SECONDS })
} catch (error) {
  console.error(`hotcb: ${error.message}`)
  process.exitCode = 1
}
