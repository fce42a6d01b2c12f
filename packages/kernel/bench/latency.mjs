// From the append of a command to its ledger line, with steps of a millisecond; and the additional cost of such a step.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { threeStats } from './floors.mjs'
import { quantile, withRunDir } from './measure.mjs'

const COMMANDS = 400

// Appends a command every 7 ms, with the time just before in its `ts`.
const WRITER = `
  const fs = require('fs')
  let i = 0
  const timer = setInterval(() => {
    if (i === ${COMMANDS}) return clearInterval(timer)
    const ts = performance.timeOrigin + performance.now()
    fs.appendFileSync(process.argv[1], JSON.stringify({ cid: 'c' + i++, ts: ts / 1000, module: 'opt', op: 'set_params', params: { lr: 0.1 } }) + '\\n')
  }, 7)
`

function busyStep() {
  const until = performance.now() + 1
  let x = 0
  while (performance.now() < until) x += Math.sqrt(x + 1)
  return x
}

const result = withRunDir((dir) => {
  const optimizer = { paramGroups: [{ lr: 0.1 }] }
  const kernel = openKernel(dir, { state: createMutableState(optimizerActuators(optimizer)) })
  const child = spawn(process.execPath, ['-e', WRITER, join(dir, 'hotcb.commands.jsonl')], { stdio: 'inherit' })
  const [added, floor, steps] = [[], [], []]
  const doneAt = []
  const stats = threeStats()
  let last = kernel.seq
  const end = performance.now() + 8000
  for (let step = 0; performance.now() < end && doneAt.length < COMMANDS; step++) {
    const begun = performance.now()
    // Every fourth step has only the floor: the caches are as cold there as for a look in the others.
    if (step % 4 === 3) {
      busyStep()
      const start = performance.now()
      stats.act()
      floor.push((performance.now() - start) * 1e6)
      continue
    }
    busyStep()
    const start = performance.now()
    steps.push(start - begun)
    kernel.apply({ step }, ['train_step_end'])
    const done = performance.now()
    if (kernel.seq === last) added.push((done - start) * 1e6)
    for (; last < kernel.seq; last++) doneAt.push(performance.timeOrigin + done)
  }
  child.kill()
  kernel.close()
  stats.close()
  const asked = readFileSync(join(dir, 'hotcb.commands.jsonl'), 'utf8').split('\n').filter(Boolean)
  // The ledger answers the lines of one file in order.
  const latencies = doneAt.map((at, i) => at - JSON.parse(asked[i]).ts * 1000)
  return {
    commands: latencies.length,
    latency_ms_median: quantile(latencies, 0.5),
    latency_ms_p99: quantile(latencies, 0.99),
    step_ms: quantile(steps, 0.5),
    three_stats_ns: quantile(floor, 0.5),
    added_ns_median: quantile(added, 0.5),
    added_ns_p90: quantile(added, 0.9),
  }
})
console.log(JSON.stringify(result))
