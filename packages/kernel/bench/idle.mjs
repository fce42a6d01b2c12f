// The cost of one idle `apply`, next to its floor. Prints one JSON object, in nanoseconds.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { inTurns, readClock, threeStats } from './floors.mjs'
import { withRunDir } from './measure.mjs'

const EVENTS = ['train_step_end']

function run(lookMs, calls, floor) {
  return withRunDir((dir) => {
    for (const file of ['hotcb.yaml', 'hotcb.commands.jsonl', 'hotcb.freeze.json', 'hotcb.recipe.jsonl']) {
      writeFileSync(join(dir, file), file === 'hotcb.yaml' ? 'version: 1\n' : '')
    }
    const optimizer = { paramGroups: [{ lr: 0.1, weightDecay: 0, momentum: 0.9 }] }
    const kernel = openKernel(dir, { state: createMutableState(optimizerActuators(optimizer)), lookMs })
    const env = { step: 0 }
    const apply = () => {
      env.step++
      kernel.apply(env, EVENTS)
    }
    for (let i = 0; i < calls; i++) apply()
    const { apply: ours, floor: least } = inTurns({ apply, floor }, calls)
    kernel.close()
    return { ...ours, floor: least.median }
  })
}

const idle = run(2, 1_000_000, readClock)
const stats = threeStats()
const looking = run(0, 200_000, stats.act)
stats.close()
console.log(JSON.stringify({ idle_ns: idle, looking_ns: looking }))
