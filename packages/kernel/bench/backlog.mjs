// A hundred thousand queued commands: CPU time until all are in the ledger, next to JSON.parse of the same lines.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { cpuMs, inTurns, parseLines, readClock } from './floors.mjs'
import { quantile, withRunDir } from './measure.mjs'

const COUNT = 100_000

// Written by a separate process, so that its memory is not counted here.
const WRITE = `
  const lines = []
  for (let i = 0; i < ${COUNT}; i++) {
    const cid = '01hzx' + String(i).padStart(14, '0')
    const params = { lr: 1e-4 + (i % 1000) * 1e-6 }
    lines.push(JSON.stringify({ cid, ts: 1790000000.25 + i, source: 'cli', author: 'bench', module: 'opt', op: 'set_params', id: 'main', params }))
  }
  require('fs').writeFileSync(process.argv[1], lines.join('\\n') + '\\n')
`

const result = withRunDir((dir) => {
  const path = join(dir, 'hotcb.commands.jsonl')
  spawnSync(process.execPath, ['-e', WRITE, path], { stdio: 'inherit' })
  const optimizer = { paramGroups: [{ lr: 0.1, weightDecay: 0 }] }
  const kernel = openKernel(dir, { state: createMutableState(optimizerActuators(optimizer)) })
  const points = []
  let peak = 0
  const ms = cpuMs(() => {
    for (let step = 0; kernel.seq <= COUNT; step++) {
      const start = performance.now()
      kernel.apply({ step }, ['train_step_end'])
      points.push(performance.now() - start)
      if (step % 10 === 0) peak = Math.max(peak, process.memoryUsage.rss())
    }
  })
  const parseMs = parseLines(readFileSync(path, 'utf8'))
  const env = { step: 10_000_000 }
  const apply = () => {
    env.step++
    kernel.apply(env, ['train_step_end'])
  }
  const after = inTurns({ apply, floor: readClock }, 200_000)
  kernel.close()
  return {
    commands: COUNT,
    cpu_ms: ms,
    parse_cpu_ms: parseMs,
    ratio: ms / parseMs,
    safe_points: points.length,
    safe_point_p99_ms: quantile(points, 0.99),
    longest_safe_point_ms: Math.max(...points),
    rss_mib: peak / 2 ** 20,
    idle_after_ns: after.apply.median,
    clock_ns: after.floor.median,
  }
})
console.log(JSON.stringify(result))
