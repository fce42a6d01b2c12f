// Measures the cost of collecting per step: 20 metrics to a real file, compared with appending each record separately, as hotcb 2 does.
// Run after a build: `node packages/metrics/bench/collector.mjs [--json]`.
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMetricsCollector } from '@hotcb/metrics/node'

const steps = 200_000
const directory = mkdtempSync(join(tmpdir(), 'hotcb-bench-'))
const context = { submit() {}, log() {}, step: null, channel: 'live', runDir: directory }
const names = Array.from({ length: 20 }, (_, at) => `train/metric_${at}`)

function envAt(step) {
  const metrics = {}
  for (let at = 0; at < names.length; at++) metrics[names[at]] = Math.sin(step * 0.001 + at) / 3
  return { step, metrics }
}

function perStep(count, work) {
  const started = process.hrtime.bigint()
  for (let step = 0; step < count; step++) work(step)
  return Number(process.hrtime.bigint() - started) / count / 1000
}

const collector = openMetricsCollector()
collector.attach(context)
for (let step = 0; step < 20_000; step++) collector.onSafePoint(envAt(step), context)
const making = perStep(steps, envAt)
const collecting = perStep(steps, (step) => collector.onSafePoint(envAt(step), context)) - making
collector.flush()
const idleEnv = { step: 0 }
const idle = perStep(steps * 10, () => collector.onSafePoint(idleEnv, context))
const thinned = openMetricsCollector({ everyN: 100, runDir: join(directory, 'thinned') })
const thin = perStep(steps, (step) => thinned.onSafePoint(envAt(step), context)) - making
const path = join(directory, 'each.jsonl')
const stringify = perStep(steps / 4, (step) => JSON.stringify(envAt(step))) - making
const appending =
  perStep(steps / 4, (step) => {
    const { metrics } = envAt(step)
    appendFileSync(path, `${JSON.stringify({ step, epoch: null, wall_time: Date.now() / 1000, metrics })}\n`)
  }) - making
collector.close()
thinned.close()
rmSync(directory, { recursive: true, force: true })

const figures = {
  'collect 20 metrics, us per step': collecting,
  'nothing to collect, us per step': idle,
  'collect with everyN 100, us per step': thin,
  'JSON.stringify alone, us per step': stringify,
  'open, append, close each step (hotcb 2), us per step': appending,
}
if (process.argv.includes('--json')) console.log(JSON.stringify(figures))
else for (const [name, value] of Object.entries(figures)) console.log(name.padEnd(52), value.toFixed(3))
