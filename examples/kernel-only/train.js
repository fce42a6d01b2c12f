// A loop that fits a line, steered only by @hotcb/kernel: its own module `mix` defines what can be changed.
//
//   node train.js [RUN]
//
// A command is a line that any program appends to RUN/hotcb.commands.jsonl; here the example appends one itself, due at
// step
// 500. Ends with 1 when the line was not found.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { openKernel } from '@hotcb/kernel/node'

const [runDir = 'run'] = process.argv.slice(2)

// Half of the samples are noisy until a command changes that.
const share = { noisy: 0.5 }
const mix = {
  name: 'mix',
  applyOp(op) {
    const noisy = op.params?.noisy
    if (op.op !== 'set_params' || !(noisy >= 0 && noisy <= 1)) {
      return { ok: false, error: `mix takes \`noisy\` from 0 to 1, got ${JSON.stringify(op.params)}` }
    }
    const old = { noisy: share.noisy }
    share.noisy = noisy
    return { ok: true, payload: { noisy }, old }
  },
}

const kernel = openKernel(runDir, { modules: [mix] })
kernel.continueFrom({ step: 0 })
appendFileSync(
  join(runDir, 'hotcb.commands.jsonl'),
  `${JSON.stringify({ module: 'mix', op: 'set_params', params: { noisy: 0 }, at: { step: 500 }, source: 'example' })}\n`,
)

let slope = 0
let seed = 1
for (let step = 0; step < 3000; step++) {
  const x = random() * 2 - 1
  const y = 3 * x + (random() < share.noisy ? (random() - 0.5) * 4 : 0)
  slope += 0.05 * (y - slope * x) * x
  if (kernel.apply({ step, metrics: { slope } }, ['train_step_end']).stop) break
}
kernel.close()

console.log(`slope ${slope.toFixed(4)}, noisy share ${share.noisy}, ${kernel.seq} lines in the ledger of ${runDir}`)
if (Math.abs(slope - 3) > 0.01) process.exitCode = 1

/** Mulberry32 (Ettinger): the same numbers every time. */
function random() {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}
