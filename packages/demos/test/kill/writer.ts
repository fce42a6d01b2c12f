// Appends commands to a run until it is killed. argv: JSON of { dir, seed, losses, horizon }. Prints a command's `cid` only
// after it is in the file, so that a printed line is an acknowledgement.
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { openAppender } from '@hotcb/journal'
import { createRandom } from '../../src/digits/random.ts'

const { dir, seed, losses, horizon } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly dir: string
  readonly seed: number
  readonly losses: readonly string[]
  /** The run's number of steps. */
  readonly horizon: number
}
const random = createRandom(seed)
const appender = openAppender(join(dir, 'hotcb.commands.jsonl'))
const cell = new Int32Array(new SharedArrayBuffer(4))

for (let number = 0; ; number++) {
  const cid = `${seed}-${number}`
  const line = { cid, source: 'cli', ts: Date.now() / 1000, ...change(), ...condition() }
  const failure = appender.append(`${JSON.stringify(line)}\n`)
  if (failure !== null) throw new Error(failure.message)
  writeSync(1, `${cid}\n`)
  Atomics.wait(cell, 0, 0, random.below(16))
}

function change(): object {
  const loss = losses[random.below(losses.length)] ?? ''
  const rate = 0.001 + 0.05 * random.uniform()
  switch (random.below(14)) {
    case 0:
    case 1:
    case 2:
      return set('opt', { lr: rate })
    case 3:
      return set('opt', { lr: rate, group: random.below(2) })
    case 4:
      return set('opt', { scheduler_drop: 0.5 + random.uniform() })
    case 5:
      return set('opt', { momentum: 0.95 * random.uniform(), weight_decay: 0.01 * random.uniform() })
    case 6:
    case 7:
      return set('loss', { [loss]: random.uniform() })
    case 8:
      return set('loss', { [`ramps.${loss}`]: { type: 'linear', steps: 1 + random.below(80), end: random.uniform() } })
    case 9:
      return set('loss', { [`terms.${loss}`]: random.below(3) > 0 })
    case 10:
      return { module: 'opt', op: random.below(3) > 0 ? 'enable' : 'disable', id: 'main', params: { key: 'lr' } }
    case 11:
      return set('opt', { lr: -rate, clip_norm: 'much' })
    default:
      return { module: 'core', op: 'revert' }
  }
}

function set(module: string, params: object): object {
  return { module, op: 'set_params', params }
}

function condition(): object {
  switch (random.below(6)) {
    case 0:
      return { at: { step: random.below(horizon) } }
    case 1:
      return { at: { step: random.below(horizon) }, expires: { step: random.below(horizon) } }
    default:
      return {}
  }
}
