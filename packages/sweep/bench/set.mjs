// `herd set --all lr=..` on 16 running trials: from the start of the command until every ledger has the change. The trainers are
// 16 kernels in one process, with a step of 50 ms. Prints one JSON object.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withWorkspace, writeRunning } from './workspace.mjs'

const COUNT = 16
const ROUNDS = 5
const HERD = fileURLToPath(new URL('../../../apps/cli/bin/herd.js', import.meta.url))
const TRAINERS = fileURLToPath(new URL('trainers.mjs', import.meta.url))

await withWorkspace(`  a: {type: int, low: 1, high: ${COUNT}}\n`, 'local: {max_concurrent: 16}\n', async (root) => {
  const { results } = await writeRunning(root, COUNT)
  const ledgers = Array.from({ length: COUNT }, (_, i) => join(results, String(i), 'hotcb.applied.jsonl'))
  const trainers = spawn(process.execPath, [TRAINERS, results, String(COUNT)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    while (!ledgers.every((path) => existsSync(path))) await pause(20)
    const times = []
    const nodes = []
    for (let round = 1; round <= ROUNDS; round++) {
      const lr = `0.00${round}`
      const node = performance.now()
      spawnSync(process.execPath, ['-e', '0'])
      nodes.push(performance.now() - node)
      const start = performance.now()
      const command = spawn(process.execPath, [HERD, 'set', '--all', `lr=${lr}`], { cwd: root, stdio: 'ignore' })
      const ended = new Promise((resolve) => command.on('close', resolve))
      while (!ledgers.every((path) => readFileSync(path, 'utf8').includes(`"lr":${lr}`))) await pause(5)
      times.push(performance.now() - start)
      if ((await ended) !== 0) throw new Error('`herd set` was refused')
    }
    const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]
    process.stdout.write(`${JSON.stringify({ set_ms: median(times), floor_ms: median(nodes) + 50 })}\n`)
  } finally {
    trainers.kill('SIGKILL')
  }
})

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
