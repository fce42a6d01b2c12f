// A real trainer with a real kernel, as a separate process: `node trainer-program.cjs RUN_DIR OPTIONS_AS_JSON`.
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, lossActuators, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'

interface Options {
  readonly steps?: number
  readonly stepMs?: number
}

const [dir = '.', json = '{}'] = process.argv.slice(2)
// Written by the test.
const { steps = 1_000_000, stepMs = 2 } = JSON.parse(json) as Options

const optimizer = { paramGroups: [{ name: 'all', lr: 0.1, weightDecay: 0.001, momentum: 0.9 }] }
const weights = { ce: 1, aux: 0.5 }
const kernel = openKernel(dir, {
  state: createMutableState(optimizerActuators(optimizer), lossActuators(weights)),
  checkpoints: {
    save: ({ dir: folder, step }) => writeFileSync(join(folder, 'step.txt'), String(step)),
    load: () => undefined,
  },
})

async function train(): Promise<void> {
  for (let step = 0; step < steps; step++) {
    const loss = 2 / (step + 1) + 0.1 * Math.sin(step / 10)
    const record = { step, wall_time: Date.now() / 1000, metrics: { loss, accuracy: 1 - loss / 3 } }
    appendFileSync(join(dir, 'hotcb.metrics.jsonl'), `${JSON.stringify(record)}\n`)
    const { stop, rewound } = await kernel.applyAsync({ step }, ['train_step_end'])
    if (step === 0) process.stdout.write('training\n')
    if (stop) break
    if (rewound !== null) step = rewound - 1
    await new Promise((resolve) => setTimeout(resolve, stepMs))
  }
  kernel.close()
}

train().catch((error) => {
  process.stderr.write(`${error}\n`)
  process.exitCode = 1
})
