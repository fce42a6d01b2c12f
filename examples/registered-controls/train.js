// A linear model learns while commands come in through a queue, as `runtimectl -q DIR ...` writes them; half-way the
// trainer is killed, and continues from its last checkpoint. Exits with 1 if the acks and the model do not show that.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { enqueue, openControls } from '@hotcb/runtimectl/node'
import * as v from 'valibot'

const KILLED_AT = 230
const STEPS = 600

/** The commands, and when they are sent. */
const plan = {
  50: (queue) => enqueue(queue, 'optimizer.lr.multiplier', { args: [0.5] }),
  90: (queue) => enqueue(queue, 'save_ckpt', { kwargs: { label: 'manual' } }),
  120: (queue) => enqueue(queue, 'optimizer.lr.multiplier', { args: [-1] }),
  150: (queue) => enqueue(queue, 'data.noise', { args: [0] }),
  200: (queue) => enqueue(queue, 'optimizer.lr.multiplier', { args: [0.5] }),
  300: (queue) => enqueue(queue, 'optimizer.lr.multiplyer', { args: [0.5] }),
}

function train(dir, killedAt) {
  const [queue, checkpoint] = [join(dir, 'queue'), join(dir, 'checkpoint.json')]
  const saved = existsSync(checkpoint) ? JSON.parse(readFileSync(checkpoint, 'utf8')) : { controls: null }
  const trainer = saved.trainer ?? { step: 0, lr: 0.2, noise: 0.5, slope: 0, labels: [] }
  const controls = openControls()

  function save(label) {
    trainer.labels.push(label)
    // The part of the queue that the state contains, at the same moment as the state.
    writeFileSync(`${checkpoint}.new`, JSON.stringify({ trainer, controls: controls.snapshot() }))
    renameSync(`${checkpoint}.new`, checkpoint)
  }

  controls.register(
    'optimizer.lr.multiplier',
    (ctx, mult) => {
      ctx.lr *= mult
    },
    { schema: v.pipe(v.number(), v.gtValue(0, 'multiplier must be > 0')), description: 'scales the learning rate' },
  )
  controls.register(
    'data.noise',
    (ctx, noise) => {
      ctx.noise = noise
    },
    { schema: v.pipe(v.number(), v.minValue(0)) },
  )
  controls.register('save_ckpt', (_ctx, { label = 'auto' } = {}) => save(label), { again: false })
  controls.restore(saved.controls)
  controls.configure(queue)

  for (; trainer.step < STEPS; trainer.step++) {
    if (trainer.step === killedAt) process.kill(process.pid, 'SIGKILL')
    // People do not ask again because a trainer was killed.
    if (trainer.step >= (saved.trainer === undefined ? 0 : KILLED_AT)) plan[trainer.step]?.(queue)
    const x = Math.sin(trainer.step)
    const y = 3 * x + trainer.noise * Math.sin(17 * trainer.step)
    trainer.slope += trainer.lr * (y - trainer.slope * x) * x
    controls.pollAndApply({ ctx: trainer, every: 0 })
  }
  controls.close()
  return trainer
}

const [dir = mkdtempSync(join(tmpdir(), 'hotcb-controls-')), role] = process.argv.slice(2)
if (role === 'killed') train(dir, KILLED_AT)

const first = spawnSync(process.execPath, [process.argv[1], dir, 'killed'], { stdio: 'inherit' })
assert.equal(first.signal, 'SIGKILL')
const trainer = train(dir)

const acks = readFileSync(join(dir, 'queue/acks.jsonl'), 'utf8').trim().split('\n').map(JSON.parse)
for (const { path, status, args, kwargs, error } of acks) {
  console.log(
    `${path}: ${status} ${error ?? JSON.stringify([...args, ...(Object.keys(kwargs).length > 0 ? [kwargs] : [])])}`,
  )
}
console.log(
  `killed at step ${KILLED_AT}; slope ${trainer.slope.toFixed(4)}, lr ${trainer.lr} after ${STEPS} steps; see ${dir}`,
)

assert.deepEqual(
  acks.map(({ path, status, error }) => [path, error ?? status]),
  [
    ['optimizer.lr.multiplier', 'applied'],
    ['save_ckpt', 'applied'],
    ['optimizer.lr.multiplier', 'multiplier must be > 0'],
    ['data.noise', 'applied'],
    ['optimizer.lr.multiplier', 'applied'],
    ['optimizer.lr.multiplyer', 'unknown path: optimizer.lr.multiplyer'],
  ],
)
// Halved twice, though one of the two came after the checkpoint and before the kill.
assert.equal(trainer.lr, 0.05)
assert.deepEqual([trainer.noise, trainer.labels], [0, ['manual']])
assert.ok(Math.abs(trainer.slope - 3) < 0.01, `the slope must be near 3, got ${trainer.slope}`)
