// What a tuner that observes adds to a step: two kernels on the same metrics, in turns, so that a busy machine slows both. Prints
// one JSON object, in nanoseconds a step: the best of many short rounds, which another process did not interrupt.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { openTuner } from '@hotcb/tune/node'

const STEPS = 500
const ROUNDS = 400
const EPOCH = 50
const STEP = ['train_step_end']
const EPOCH_END = ['train_step_end', 'val_epoch_end']
// A module that hears steps and does nothing.
const idle = { name: 'idle', listens: () => [], onSafePoint: () => undefined }

const dirs = []
function kernelWith(module) {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-bench-'))
  dirs.push(dir)
  const state = createMutableState(optimizerActuators({ paramGroups: [{ lr: 0.1 }] }))
  const kernel = openKernel(dir, { state, modules: [module(dir)], log: () => undefined })
  let step = 0
  return {
    kernel,
    round() {
      for (let i = 0; i < STEPS; i++, step++) {
        const isEpoch = step % EPOCH === EPOCH - 1
        const loss = 1 / (1 + step * 1e-4) + 0.01 * Math.sin(step)
        const metrics = isEpoch ? { train_loss: loss, val_loss: loss } : { train_loss: loss }
        kernel.apply({ step, metrics, maxSteps: 1e9 }, isEpoch ? EPOCH_END : STEP)
      }
    },
  }
}

const without = kernelWith(() => idle)
const observing = kernelWith((dir) => openTuner(dir, { mode: 'observe' }))
const active = kernelWith((dir) => openTuner(dir, { mode: 'active' }))
const best = { without: Infinity, observing: Infinity, active: Infinity }
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, one] of Object.entries({ without, observing, active })) {
    const before = performance.now()
    one.round()
    best[name] = Math.min(best[name], ((performance.now() - before) * 1e6) / STEPS)
  }
}
for (const { kernel } of [without, observing, active]) kernel.close()
for (const dir of dirs) rmSync(dir, { recursive: true, force: true })
console.log(JSON.stringify({ without_ns: best.without, observing_ns: best.observing, active_ns: best.active }))
