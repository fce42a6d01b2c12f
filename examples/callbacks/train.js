// A logistic regression trains; meanwhile a callback is loaded, given parameters, broken, repaired and unloaded, all
// through the run's command file, like `hotcb cb ...`. Exits with 1 if the ledger does not show that.
import assert from 'node:assert/strict'
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openCallbacks } from '@hotcb/cb/node'
import { openKernel } from '@hotcb/kernel/node'

const dir = mkdtempSync(join(tmpdir(), 'hotcb-callbacks-'))
const file = join(dir, 'weight-norm.ts')
copyFileSync(fileURLToPath(new URL('weight-norm.ts', import.meta.url)), file)
const source = readFileSync(file, 'utf8')

function command(op, more = {}) {
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify({ module: 'cb', op, id: 'norm', ...more })}\n`)
}
const load = () => command('load', { target: { kind: 'file', path: file, symbol: 'WeightNorm' }, init: { limit: 1 } })

const plan = {
  10: load,
  60: () => command('set_params', { params: { every: 50 } }),
  120: () => {
    writeFileSync(file, source.replace('Math.hypot(...weights)', 'Math.hypot(...weights'))
    load()
  },
  180: () => {
    writeFileSync(file, source.replace('const weights', "throw new Error('not like this')\n    const weights"))
    load()
  },
  260: () => {
    writeFileSync(file, source)
    load()
  },
  380: () => command('unload'),
}

// Two clouds of points, always the same ones.
const points = Array.from({ length: 200 }, (_, i) => {
  const label = i % 2
  const angle = i * 2.399963
  return { x: [Math.cos(angle) + label * 2, Math.sin(angle) + label, 1], label }
})

const optimizer = { paramGroups: [{ lr: 0.5 }] }
const weights = [0, 0, 0]

function trainStep() {
  const gradient = [0, 0, 0]
  let loss = 0
  for (const { x, label } of points) {
    const p = 1 / (1 + Math.exp(-x.reduce((sum, value, i) => sum + value * weights[i], 0)))
    loss -= Math.log(label === 1 ? p : 1 - p)
    for (const [i, value] of x.entries()) gradient[i] += ((p - label) * value) / points.length
  }
  for (const [i, g] of gradient.entries()) weights[i] -= optimizer.paramGroups[0].lr * g
  return loss / points.length
}

const kernel = openKernel(dir, {
  lookMs: 0,
  state: createMutableState(optimizerActuators(optimizer)),
  modules: [openCallbacks()],
})
let loss = Number.NaN
for (let step = 0; step < 400; step++) {
  plan[step]?.()
  loss = trainStep()
  kernel.apply({ step, weights, metrics: { loss } }, ['train_step_end'])
}
kernel.close()

const ledger = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8').trim().split('\n').map(JSON.parse)
for (const { step, module, op, decision, source: who, error, notes } of ledger.slice(1)) {
  console.log(
    `step ${String(step).padStart(3)}  ${module} ${op}: ${decision}, by ${who}${(error ?? notes) ? `  (${error ?? notes})` : ''}`,
  )
}
console.log(`loss ${loss.toFixed(4)} after 400 steps; everything is in ${dir}`)

assert.deepEqual(
  ledger.slice(1).map(({ module, op, decision }) => `${module} ${op} ${decision}`),
  [
    'cb load applied',
    'opt set_params applied',
    'cb set_params applied',
    'cb load failed',
    'cb load applied',
    'cb disable applied',
    'cb load applied',
    'opt set_params applied',
    'cb unload applied',
  ],
)
assert.ok(loss < 0.4, `the loss must come down, got ${loss}`)
