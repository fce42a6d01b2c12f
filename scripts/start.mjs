// `npm start`: sets everything up, then trains the digits slowly enough to be steered from a second terminal.
import { resolve } from 'node:path'
import { setUp } from './set-up.mjs'

// 2,000 steps of a millisecond or two and this rest take about a minute.
const STEP_DELAY_SECONDS = 0.027

setUp()
const { runDemo } = await import('../packages/demos/dist/index.js')
const { startDashboard } = await import('../apps/dashboard/dist/index.js')
try {
  process.exitCode = await runDemo({
    stepDelay: STEP_DELAY_SECONDS,
    serve: (dir) => startDashboard({ dir: resolve(dir), env: process.env }),
  })
} catch (error) {
  console.error(`hotcb: ${error.message}`)
  process.exitCode = 1
}
