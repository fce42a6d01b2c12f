// A trainer that may be killed at any moment: trainer.ts QUEUE CHECKPOINT. Its state is the list of applied commands;
// it saves that every few steps, continues from the last save, and ends on request.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { openControls } from '../../src/node.ts'

const [queue = '', checkpoint = ''] = process.argv.slice(2)
const saved = existsSync(checkpoint)
  ? JSON.parse(readFileSync(checkpoint, 'utf8'))
  : { applied: [], rate: 1, step: 0, controls: null }
const state: { applied: number[]; rate: number; step: number } = saved
let isOver = false

const controls = openControls<typeof state>({ log: (message) => void process.stderr.write(`${message}\n`) })
const number = (value: unknown): number => {
  if (typeof value !== 'number') throw new TypeError(`expected a number, got ${JSON.stringify(value)}`)
  return value
}
controls.register('add', ({ applied }, n) => void applied.push(n), { validate: number })
// A second call to the validator would be visible, because it would change the result of the first call.
controls.register('add-next', ({ applied }, n) => void applied.push(n), {
  validate: (value: unknown) => number(value) + 1,
})
controls.register('halve', (trainer) => {
  trainer.rate /= 2
})
controls.register('save', save, { again: false })
controls.register('stop', () => {
  isOver = true
})
controls.restore(saved.controls)
controls.configure(queue)

function save(): void {
  const text = JSON.stringify({ ...state, controls: controls.snapshot() })
  writeFileSync(`${checkpoint}.new`, text)
  renameSync(`${checkpoint}.new`, checkpoint)
}

process.stdout.write('training\n')
const cell = new Int32Array(new SharedArrayBuffer(4))
for (; !isOver; state.step++) {
  controls.pollAndApply({ ctx: state, every: 0 })
  if (state.step % 7 === 3) save()
  Atomics.wait(cell, 0, 0, 1)
}
save()
controls.close()
