// One rank of a training run: rank.ts QUEUE MEET RANK WORLD STEPS FAULT PATIENCE_MS. Prints its result.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { openFileCollective } from '@hotcb/kernel/node'
import { openControls } from '../../src/node.ts'

const [queue = '', meet = '', rankText = '0', world = '1', steps = '0', fault = '', patience = '30000'] =
  process.argv.slice(2)
const rank = Number(rankText)
const trainer = { lr: 1, momentum: 0.9, sum: 0, log: [] as string[] }
const LATE = '{"id": "late", "op": "set", "path": "lr", "args": [0.25]}\n'
const said: string[] = []
const acks: string[] = []
const collective = openFileCollective(meet, rank, Number(world), { timeoutMs: Number(patience) })
const controls = openControls<typeof trainer>({
  collective,
  log: (message) => {
    said.push(message)
    // A command that arrives as soon as the other ranks are lost.
    if (fault === 'late') appendFileSync(join(queue, 'commands.jsonl'), LATE)
  },
})
controls.configure(queue)

if (fault !== 'unregistered') {
  controls.register(
    'lr',
    (ctx, lr) => {
      const before = ctx.lr
      if (fault === 'stuck') throw new Error('no lr here')
      ctx.lr = lr
      return () => {
        if (fault === 'broken') throw new Error('it sticks')
        ctx.lr = before
      }
    },
    {
      validate: (value: unknown) => {
        if (fault === 'strict' || typeof value !== 'number') throw new TypeError('expected a number')
        return value
      },
    },
  )
}
// Returns no revert function.
controls.register('momentum', (ctx, value) => {
  if (fault === 'stuck') throw new Error('no momentum here')
  ctx.momentum = Number(value)
})
controls.register('note', (ctx, ...args) => void ctx.log.push(shown(args)))

if (fault === 'restart') controls.restore(null)

function shown(value: unknown): string {
  return JSON.stringify(value, (_key, one) => (typeof one === 'number' ? String(one) : one))
}

const cell = new Int32Array(new SharedArrayBuffer(4))
for (let step = 0; step < Number(steps); step++) {
  if (fault === 'die' && step === 20) process.kill(process.pid, 'SIGKILL')
  trainer.sum += trainer.lr * Math.sin(step) * trainer.momentum
  for (const { id, status, error, ranks } of controls.pollAndApply({ ctx: trainer, every: 0.01 })) {
    acks.push([id, status, error, ranks].filter((one) => one !== undefined).join(' '))
  }
  Atomics.wait(cell, 0, 0, 2)
}
controls.close()
process.stdout.write(JSON.stringify({ ...trainer, sum: String(trainer.sum), said, acks, held: controls.snapshot() }))
