// The cost of callbacks per step: none, only the module, 100 idle ones. All in one process, in turns, so that the
// ratios are valid on a noisy machine. Prints one JSON object, in nanoseconds per step: the best of many short rounds,
// which another process did not interrupt, and their median.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCallbacks } from '@hotcb/cb/node'
import { openKernel } from '@hotcb/kernel/node'

const EVENTS = ['train_step_end']
const IDLE = `export class Idle {
  constructor({ every }) { this.every = every }
  handle(event, env) { if (env.step % this.every === 0) env.log(String(env.metrics.loss)) }
}`
const STEPS = 500
const ROUNDS = 400

function open(dir, modules, count) {
  writeFileSync(join(dir, 'idle.mjs'), IDLE)
  const target = { kind: 'file', path: 'idle.mjs', symbol: 'Idle' }
  const lines = Array.from({ length: count }, (_, i) =>
    JSON.stringify({ module: 'cb', op: 'load', id: `idle-${i}`, target, init: { every: 1e12 } }),
  )
  writeFileSync(join(dir, 'hotcb.commands.jsonl'), lines.map((line) => `${line}\n`).join(''))
  return openKernel(dir, { modules })
}

const dirs = []
function kernelWith(modules, count = 0) {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-bench-'))
  dirs.push(dir)
  const kernel = open(dir, modules, count)
  // Everything is loaded here; the kernel takes at most 5 ms of commands at a time.
  for (let i = 1; i < 3000; i++) kernel.apply({ step: i, metrics: { loss: 0.5 } }, EVENTS)
  const until = performance.now() + 3000
  for (let i = 3001; performance.now() < until && count > 0; i++)
    kernel.apply({ step: i, metrics: { loss: 0.5 } }, EVENTS)
  return kernel
}

const cases = {
  kernel: kernelWith([]),
  module: kernelWith([openCallbacks()]),
  hundred: kernelWith([openCallbacks()], 100),
}
const CASES = [...Object.keys(cases), 'clock']
const times = Object.fromEntries(CASES.map((name) => [name, []]))
let step = 10_000_000
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, kernel] of Object.entries(cases)) {
    const started = performance.now()
    for (let i = 0; i < STEPS; i++) kernel.apply({ step: ++step, metrics: { loss: 0.5 } }, EVENTS)
    times[name].push(((performance.now() - started) * 1e6) / STEPS)
  }
  // The floor: each callback is timed, which takes one reading of the clock.
  const started = performance.now()
  for (let i = 0; i < STEPS * 100; i++) performance.now()
  times.clock.push(((performance.now() - started) * 1e6) / STEPS)
}
for (const kernel of Object.values(cases)) kernel.close()
for (const dir of dirs) rmSync(dir, { recursive: true, force: true })

const at = (values, part) => Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length * part)])
const best = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, at(values, 0)]))
const median = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, at(values, 0.5)]))
console.log(
  JSON.stringify({
    best_ns: best,
    median_ns: median,
    hundred_clocks_us: median.clock / 1000,
    empty_module_ns: median.module - median.kernel,
    hundred_callbacks_us: {
      best: (best.hundred - best.kernel) / 1000,
      median: (median.hundred - median.kernel) / 1000,
    },
  }),
)
