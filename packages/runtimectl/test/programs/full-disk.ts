// A trainer whose files cannot grow beyond a few kilobytes until the limit is lifted: full-disk.ts QUEUE
import { execFileSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { openControls } from '../../src/node.ts'

const [queue = ''] = process.argv.slice(2)
const said: string[] = []
const seen: number[] = []
const counts: number[] = []
const controls = openControls({
  dir: queue,
  budgetMs: Number.POSITIVE_INFINITY,
  log: (message) => void said.push(message),
})
controls.register('x', (_ctx, value) => void seen.push(Number(value)))
for (let n = 0; n < 60; n++) {
  appendFileSync(join(queue, 'commands.jsonl'), `{"id":"c${n}","path":"x","args":[${n}]}\n`)
  counts.push(controls.pollAndApply({ every: 0 }).length)
}
const takenWhileFull = seen.length
const held = controls.snapshot()
execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited'])
for (let i = 0; i < 3; i++) controls.pollAndApply({ every: 0 })
controls.close()
process.stdout.write(JSON.stringify({ said, seen, counts, takenWhileFull, held }))
