import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createDigitsTrainer, type DemoOptions, type DigitsTrainer, runDemo } from '../src/index.ts'
import { meanOf } from '../src/ranks/mean.ts'
import { buildPrograms } from './kill/programs.ts'
import { isThere, type RunningDemo, startDemo, until } from './ranks/running.ts'
import { command, document, ledger, metrics, paper, temporaryDir } from './run-support.ts'

let program: string
beforeAll(async () => {
  program = (await buildPrograms()).ranks
})

function demo(options: DemoOptions, temporary?: string): RunningDemo {
  return startDemo(program, { ranks: 2, ...options }, temporary)
}

/** Does the training of `ranks` ranks without a kernel and in one process; `change` is called before each step. */
async function reference(
  ranks: number,
  steps: number,
  change: (step: number, trainer: DigitsTrainer) => void = () => undefined,
): Promise<string> {
  const trainer = await createDigitsTrainer({ seed: 0 })
  for (let step = 0; step < steps; step++) {
    change(step, trainer)
    const shards = Array.from({ length: ranks }, (_, rank) => trainer.gradients(step, { rank, worldSize: ranks }))
    trainer.update(meanOf(shards).gradients)
  }
  return trainer.weightsSha256()
}

function setRate(trainer: DigitsTrainer, lr: number): void {
  for (const group of trainer.optimizer.paramGroups) group.lr = lr
}

const weightsOf = (dir: string): unknown => document(dir, 'hotcb.run.json')['weights_sha256']
const lossesOf = (dir: string) => ledger(dir).filter(({ op }) => op === 'collective')

test('ranks end with the same weights, bit-identical to combining their parts with every change at its step', async () => {
  const dir = temporaryDir()
  command(
    dir,
    { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.02 }, at: { step: 20 } },
    { cid: 'b', module: 'loss', op: 'set_params', params: { activity: 0.01 }, at: { step: 33 } },
    { cid: 'c', module: 'opt', op: 'set_params', params: { lr: -1 }, at: { step: 40 } },
  )
  const { code, text } = await demo({ dir, maxSteps: 60, ranks: 4 }).ended
  const weights = await reference(4, 60, (step, trainer) => {
    if (step === 21) setRate(trainer, 0.02)
    if (step === 34) trainer.lossWeights.activity = 0.01
  })
  expect({ code, weights: weightsOf(dir) }).toEqual({ code: 0, weights })
  expect(text).toContain(`\n4 ranks, same weights: ${weights}\n`)
  const decided = ledger(dir).filter(({ cid, source }) => cid !== null && source !== 'trainer')
  expect(decided.map(({ cid, step, decision, ranks }) => [cid, step, decision, ranks])).toEqual([
    ['a', 20, 'applied', null],
    ['b', 33, 'applied', null],
    ['c', 40, 'failed', null],
  ])
})

test('only rank 0 writes: one record of metrics per step, one attempt and one checkpoint in the ledger', async () => {
  const dir = temporaryDir()
  await demo({ dir, maxSteps: 120 }).ended
  expect(metrics(dir).map(({ step }) => step)).toEqual([...Array(120).keys()])
  expect(readFileSync(join(dir, 'hotcb.features.jsonl'), 'utf8').trim().split('\n')).toHaveLength(6)
  expect(ledger(dir).map(({ op }) => op)).toEqual(['attempt', 'checkpoint'])
  expect(document(dir, 'hotcb.state.json')['ranks']).toEqual({ world_size: 2, lost: null })
  expect(document(dir, 'hotcb.run.json')['ranks']).toBe(2)
})

test('a checkpoint load, a revert, a pause and a stop affect all ranks', async () => {
  const dir = temporaryDir()
  command(
    dir,
    { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.02 }, at: { step: 10 } },
    { cid: 'b', module: 'core', op: 'checkpoint', params: { action: 'save', tag: 'good' }, at: { step: 15 } },
    { cid: 'c', module: 'opt', op: 'set_params', params: { lr: 0.5 }, at: { step: 20 } },
    { cid: 'd', module: 'core', op: 'checkpoint', params: { action: 'load', tag: 'good' }, at: { step: 25 } },
    { cid: 'e', module: 'core', op: 'revert', params: { seq: 2 }, at: { step: 30 } },
    { cid: 'f', module: 'core', op: 'pause', at: { step: 40 } },
  )
  const running = demo({ dir, maxSteps: 1000, stepDelaySeconds: 0.001 })
  await running.said(/^paused$/m)
  command(
    dir,
    { cid: 'g', module: 'opt', op: 'set_params', params: { weight_decay: 0.01 } },
    { cid: 'h', module: 'core', op: 'resume' },
    { cid: 'i', module: 'core', op: 'stop', at: { step: 50 } },
  )
  const { code, text } = await running.ended
  const weights = await reference(2, 51, (step, trainer) => {
    if (step === 11) setRate(trainer, 0.02)
    if (step === 31) setRate(trainer, 0.05)
    if (step === 41) for (const group of trainer.optimizer.paramGroups) group.weightDecay = 0.01
  })
  expect(text).toContain(`2 ranks, same weights: ${weights}`)
  expect(code).toBe(0)
})

test('a stopped run is continued with the same number of ranks, and ends as if it had not been interrupted', async () => {
  const dir = temporaryDir()
  command(
    dir,
    { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.02 }, at: { step: 30 } },
    { cid: 'b', module: 'core', op: 'stop', at: { step: 55 } },
  )
  await demo({ dir, maxSteps: 90, checkpointEvery: 20 }).ended
  expect(readdirSync(join(dir, 'hotcb.checkpoints')).sort()).toEqual(['step-20', 'step-40', 'step-56'])
  await expect(runDemo({ dir, continue: true, ranks: 4, screen: paper() })).rejects.toThrow(
    'the run to continue has ranks 2, got 4',
  )
  const { code, text } = await startDemo(program, { dir, continue: true, checkpointEvery: 20 }).ended
  const weights = await reference(2, 90, (step, trainer) => {
    if (step === 31) setRate(trainer, 0.02)
  })
  expect({ code, weights: weightsOf(dir) }).toEqual({ code: 0, weights })
  expect(text).toContain(`2 ranks, same weights: ${weights}`)
  expect(readdirSync(join(dir, 'hotcb.checkpoints')).sort()).toEqual(['step-60', 'step-80', 'step-90'])
})

test('a recipe is replayed on several ranks bit for bit', async () => {
  const [live, again] = [temporaryDir(), temporaryDir()]
  const running = demo({ dir: live, maxSteps: 300, stepDelaySeconds: 0.03 })
  await running.said(/^ *30 of 300 done/m)
  command(live, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.02 } })
  await running.said(/lr 0.05 -> 0.02/)
  command(live, { cid: 'b', module: 'loss', op: 'set_params', params: { label_smoothing: 0.1 } })
  await running.ended
  const recipe = ledger(live)
    .filter(({ cid, source }) => cid !== null && source !== 'trainer')
    .map(({ step, event, call, module, op, id, payload }) => ({
      at: { step, event, call },
      module,
      op,
      id,
      params: payload,
    }))
  writeFileSync(join(again, 'recipe.jsonl'), recipe.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
  writeFileSync(
    join(again, 'hotcb.freeze.json'),
    JSON.stringify({ mode: 'replay', recipe_path: 'recipe.jsonl', policy: 'strict' }),
  )
  const { code, text } = await demo({ dir: again, maxSteps: 300 }).ended
  expect(recipe).toHaveLength(2)
  expect({ code, weights: weightsOf(again) }).toEqual({ code: 0, weights: weightsOf(live) })
  expect(text).toContain('2 ranks, same weights')
})

test('a killed rank is reported in one line, and the others train to the same weights as with it', async () => {
  const dir = temporaryDir()
  const running = demo({ dir, maxSteps: 200, ranks: 4, stepDelaySeconds: 0.05, checkpointEvery: 50 })
  const pid = await running.pidOf(2)
  await running.said(/^ *60 of 200 done/m)
  process.kill(pid, 'SIGKILL')
  const { code, text } = await running.ended
  const weights = await reference(4, 200)
  expect({ code, weights: weightsOf(dir) }).toEqual({ code: 0, weights })
  expect(text).toMatch(/^Lost during training: rank 2 .*\n3 of 4 ranks, same weights: [0-9a-f]{64}$/m)
  expect(lossesOf(dir).map(({ decision, error }) => [decision, error])).toEqual([
    [
      'failed',
      expect.stringMatching(
        /^the ranks cannot be reached and no more commands are accepted: rank 2 (was killed|has ended)/,
      ),
    ],
  ])
  expect(text.match(/cannot be reached/g)).toHaveLength(1)
  expect(document(dir, 'hotcb.state.json')['ranks']).toMatchObject({
    world_size: 4,
    lost: expect.stringContaining('rank 2'),
  })
  // Work that only rank 0 does continues, and commands that were not accepted are applied by the next start.
  expect(readdirSync(join(dir, 'hotcb.checkpoints')).sort()).toEqual(['step-100', 'step-150', 'step-200'])
})

test('a rank that hangs is reported within the timeout and killed, and the training continues', async () => {
  const dir = temporaryDir()
  const running = demo({ dir, maxSteps: 200, ranks: 4, stepDelaySeconds: 0.05 })
  const pid = await running.pidOf(3)
  await running.said(/^ *60 of 200 done/m)
  process.kill(pid, 'SIGSTOP')
  const line = await running.said(/no more commands are accepted: (.*)/)
  expect(line).toMatch(/rank 3(?!\d)/)
  command(dir, { cid: 'late', module: 'opt', op: 'set_params', params: { lr: 0.001 } })
  const { code, text } = await running.ended
  expect({ code, weights: weightsOf(dir) }).toEqual({ code: 0, weights: await reference(4, 200) })
  expect(text).toContain('3 of 4 ranks, same weights')
  expect(lossesOf(dir)).toHaveLength(1)
  expect(ledger(dir).filter(({ cid }) => cid === 'late')).toEqual([])
  await until(() => !isThere(pid))
})

test('the other ranks exit with rank 0, however it ends, and leave nothing behind', async () => {
  const dir = temporaryDir()
  const temporary = temporaryDir()
  const running = demo({ dir, maxSteps: 100_000, stepDelaySeconds: 0.005, checkpointEvery: 10 }, temporary)
  const pid = await running.pidOf(1)
  await until(() => existsSync(join(dir, 'hotcb.checkpoints/step-20')))
  running.process.kill('SIGKILL')
  await until(() => !isThere(pid))
  expect(readdirSync(temporary)).toEqual([])
  const again = demo({ dir, maxSteps: 100_000, continue: true, stepDelaySeconds: 0.005 }, temporary)
  const other = await again.pidOf(1)
  await until(() => metrics(dir).length > 60)
  // This is what Ctrl-C does.
  for (const one of [other, again.process.pid ?? 0]) process.kill(one, 'SIGINT')
  const { code, text } = await again.ended
  expect(code).toBe(130)
  expect(text).toContain('2 ranks, same weights')
  expect(isThere(other)).toBe(false)
  expect(readdirSync(temporary)).toEqual([])
})

test('with json only the run document is printed', async () => {
  const dir = temporaryDir()
  const { code, text } = await demo({ dir, maxSteps: 30, json: true }).ended
  expect({ code, printed: JSON.parse(text) }).toEqual({ code: 0, printed: document(dir, 'hotcb.run.json') })
})

test('if a rank cannot be started, the run ends with one line and leaves nothing behind', async () => {
  const dir = temporaryDir()
  const temporary = temporaryDir()
  // The rank program is not next to it.
  const alone = join(dirname(dirname(program)), 'alone', 'demo.js')
  mkdirSync(dirname(alone), { recursive: true })
  copyFileSync(program, alone)
  const { code, text } = await startDemo(alone, { dir, maxSteps: 100, ranks: 2 }, temporary).ended
  expect(code).toBe(1)
  expect(text).toMatch(/^not all ranks could be started: rank 1 exited with code 1: Error: Cannot find module .*\n$/)
  expect(existsSync(join(dir, 'hotcb.applied.jsonl'))).toBe(false)
  expect(readdirSync(temporary)).toEqual([])
})

test('an invalid number of ranks is refused in one line, and nothing is created', async () => {
  const dir = join(temporaryDir(), 'run')
  await expect(runDemo({ dir, ranks: 3 })).rejects.toThrow(
    '`ranks` must be one of 1, 2, 4, 8, 16, 32, which divide the batch of 32 images, got 3',
  )
  await expect(runDemo({ dir, ranks: 0 })).rejects.toThrow('`ranks` must be a whole number >= 1, got 0')
  await expect(runDemo({ dir, ranks: Number.NaN })).rejects.toThrow('`ranks` must be a whole number >= 1, got NaN')
  expect(existsSync(dir)).toBe(false)
})
