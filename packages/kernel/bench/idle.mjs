// What one `apply` costs when nothing is to be done. Prints one JSON object.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { quantile, withRunDir } from './measure.mjs'

const EVENTS = ['train_step_end']

/** Nanoseconds of single calls, back to back: median and 99th percentile. */
function perCall(kernel, calls) {
  // One call is near the clock's own cost, so that cost is measured beside it and taken off.
  const times = new Float64Array(calls)
  const clock = new Float64Array(calls)
  const env = { step: 0 }
  for (let i = 0; i < calls; i++) {
    env.step = i
    const t0 = process.hrtime.bigint()
    kernel.apply(env, EVENTS)
    times[i] = Number(process.hrtime.bigint() - t0)
    const t1 = process.hrtime.bigint()
    clock[i] = Number(process.hrtime.bigint() - t1)
  }
  const own = quantile(clock, 0.5)
  return { median: Math.max(0, quantile(times, 0.5) - own), p99: Math.max(0, quantile(times, 0.99) - own) }
}

/** Mean nanoseconds a call in a plain loop. */
function perLoop(kernel, calls) {
  const env = { step: 0 }
  const start = performance.now()
  for (let i = 0; i < calls; i++) {
    env.step = i
    kernel.apply(env, EVENTS)
  }
  return ((performance.now() - start) * 1e6) / calls
}

function run(lookMs, calls) {
  return withRunDir((dir) => {
    for (const file of ['hotcb.yaml', 'hotcb.commands.jsonl', 'hotcb.freeze.json', 'hotcb.recipe.jsonl']) {
      writeFileSync(join(dir, file), file === 'hotcb.yaml' ? 'version: 1\n' : '')
    }
    const optimizer = { paramGroups: [{ lr: 0.1, weightDecay: 0, momentum: 0.9 }] }
    const kernel = openKernel(dir, { state: mutableState(optimizerActuators(optimizer)), lookMs })
    perLoop(kernel, calls)
    const result = { ...perCall(kernel, calls), loop: perLoop(kernel, calls) }
    kernel.close()
    return result
  })
}

const idle = run(2, 1_000_000)
const looking = run(0, 200_000)
console.log(JSON.stringify({ idle_ns: idle, looking_ns: looking }))
