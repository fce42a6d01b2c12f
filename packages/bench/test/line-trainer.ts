// A trainer that is a separate program, like `hotcb_bridge._bench`: it moves a few numbers towards 0, with a real kernel on real files.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { createMutableState, logFloatActuator } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { openMetricsCollector } from '@hotcb/metrics/node'

const { values } = parseArgs({
  options: { 'run-dir': { type: 'string' }, lr: { type: 'string' }, 'max-steps': { type: 'string' } },
})
const settings = { lr: Number(values.lr) }
const budget = Number(values['max-steps'])
let numbers = [1, -2, 0.5]
const loss = (): number => numbers.reduce((sum, one) => sum + one * one, 0)
// JSON cannot represent non-finite numbers.
const finiteLoss = (): number | null => (Number.isFinite(loss()) ? loss() : null)
const lr = logFloatActuator({
  key: 'lr',
  group: 'opt',
  min: 1e-6,
  max: 1e6,
  get: () => settings.lr,
  set: (value) => {
    settings.lr = value
  },
})
const file = (dir: string): string => join(dir, 'numbers.json')
const kernel = openKernel(values['run-dir'] ?? '', {
  state: createMutableState([lr]),
  modules: [openMetricsCollector({ flushMs: 0 })],
  checkpoints: {
    save: ({ dir }) => writeFileSync(file(dir), JSON.stringify(numbers)),
    load: ({ dir }) => {
      numbers = JSON.parse(readFileSync(file(dir), 'utf8'))
      return undefined
    },
  },
  lookMs: 0,
  log: () => undefined,
})
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
async function goesOn(line: object): Promise<boolean> {
  console.log(JSON.stringify(line))
  return (await answers.next()).value === 'go'
}

kernel.continueFrom({ step: 0, maxSteps: budget })
let [step, computed] = [0, 0]
for (let runs = await goesOn({ k: 'start' }); runs && computed < budget; ) {
  computed++
  numbers = numbers.map((one) => one - settings.lr * one + 1e-3)
  const isLook = (step + 1) % 44 === 0
  const metrics = { train_loss: loss(), ...(isLook && { val_loss: loss() }) }
  const { rewound, stop } = kernel.apply({ step, maxSteps: step + 1 + budget - computed, metrics }, ['train_step_end'])
  if (isLook && rewound === null) runs = await goesOn({ k: 'look', step, loss: finiteLoss(), lr: settings.lr })
  step = rewound ?? step + 1
  if (stop) break
}
kernel.close()
const weights = createHash('sha256').update(JSON.stringify(numbers)).digest('hex')
const end = {
  k: 'end',
  loss: finiteLoss(),
  accuracy: 0,
  steps: computed,
  last: step,
  weights,
}
console.log(JSON.stringify(end))
process.exit(0)
