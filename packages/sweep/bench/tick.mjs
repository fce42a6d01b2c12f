// One look of a driver at 1,000 running trials with early stopping, of which none has anything new, beside two `stat` a trial.
// Prints one JSON object.
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drive, openWorkspace } from '@hotcb/sweep/node'
import { cpuMs, withWorkspace, writeRunning } from './workspace.mjs'

const COUNT = 1000
const ROUNDS = 20
const PARAMETERS = '  a: {type: int, low: 1, high: 1000}\n'
const HALVING =
  'successive_halving: {metric: loss, direction: min, min_steps: 1000, budget: 9000, eta: 3, mode: asha}\nlocal: {max_concurrent: 1000}\n'

await withWorkspace(PARAMETERS, HALVING, async (root) => {
  const { results } = await writeRunning(root, COUNT)
  let points = ''
  for (let step = 1; step <= 500; step++) points += `${JSON.stringify({ step, value: 1 / step, ts: 1 + step })}\n`
  for (let i = 0; i < COUNT; i++) {
    mkdirSync(join(results, String(i), 'stream'), { recursive: true })
    writeFileSync(join(results, String(i), 'stream/loss.jsonl'), points)
  }
  const workspace = openWorkspace(root)
  const look = () => drive(workspace, { once: true })
  const first = cpuMs()
  await look()
  const first_ms = cpuMs() - first
  const times = []
  const floors = []
  for (let round = 0; round < ROUNDS; round++) {
    const start = cpuMs()
    await look()
    times.push(cpuMs() - start)
    const before = cpuMs()
    for (let i = 0; i < COUNT; i++) {
      statSync(join(results, String(i), 'hotcb.metrics.jsonl'), { throwIfNoEntry: false })
      statSync(join(results, String(i), 'stream/loss.jsonl'), { throwIfNoEntry: false })
    }
    floors.push(cpuMs() - before)
  }
  workspace.close()
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]
  process.stdout.write(`${JSON.stringify({ first_ms, tick_ms: median(times), floor_ms: median(floors) })}\n`)
})
