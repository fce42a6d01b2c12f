// A hundred thousand queued commands: CPU time until all are in the ledger, beside JSON.parse of the same lines.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { quantile, withRunDir } from './measure.mjs'

const COUNT = 100_000

// Written by a process of its own, so that its memory is not counted here.
const WRITE = `
  const lines = []
  for (let i = 0; i < ${COUNT}; i++) {
    const cid = '01hzx' + String(i).padStart(14, '0')
    const params = { lr: 1e-4 + (i % 1000) * 1e-6 }
    lines.push(JSON.stringify({ cid, ts: 1790000000.25 + i, source: 'cli', author: 'bench', module: 'opt', op: 'set_params', id: 'main', params }))
  }
  require('fs').writeFileSync(process.argv[1], lines.join('\\n') + '\\n')
`

function cpuMs(act) {
  const before = process.cpuUsage()
  act()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function parse(path) {
  const lines = readFileSync(path, 'utf8').split('\n')
  lines.pop()
  let count = 0
  const ms = cpuMs(() => {
    for (const line of lines) if (JSON.parse(line).op === 'set_params') count++
  })
  if (count !== COUNT) throw new Error(`${count} of ${COUNT} lines parsed`)
  return ms
}

const result = withRunDir((dir) => {
  const path = join(dir, 'hotcb.commands.jsonl')
  spawnSync(process.execPath, ['-e', WRITE, path], { stdio: 'inherit' })
  const optimizer = { paramGroups: [{ lr: 0.1, weightDecay: 0 }] }
  const kernel = openKernel(dir, { state: mutableState(optimizerActuators(optimizer)) })
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
  const parseMs = Math.min(parse(path), parse(path))
  const after = []
  const env = { step: 10_000_000 }
  for (let i = 0; i < 200_000; i++) {
    env.step++
    const start = process.hrtime.bigint()
    kernel.apply(env, ['train_step_end'])
    after.push(Number(process.hrtime.bigint() - start))
  }
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
    idle_after_ns: quantile(after, 0.5),
  }
})
console.log(JSON.stringify(result))
