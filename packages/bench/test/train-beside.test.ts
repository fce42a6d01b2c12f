import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { openRun } from '@hotcb/run/node'
import { expect, test } from 'vitest'
import type { Arm } from '../src/arm.ts'
import { createArmsBeside, TASKS } from '../src/index.ts'
import { readTrainerLine } from '../src/python/line.ts'
import { CIFAR_TASKS } from '../src/python/tasks.ts'
import { trainBeside } from '../src/python/train-beside.ts'
import { CHANCE } from '../src/train.ts'

const LOADER = fileURLToPath(new URL('../../../scripts/typescript-loader.mjs', import.meta.url))
const TRAINER = fileURLToPath(new URL('line-trainer.ts', import.meta.url))
const clock = (): number => performance.now() / 1000

function trainer(lr: number) {
  const words = ['--conditions=@hotcb/source', '--import', LOADER, TRAINER, '--lr', String(lr), '--max-steps', '400']
  return { program: process.execPath, words, env: process.env }
}

function armOf(name: string): Arm {
  const arm = createArmsBeside().find((one) => one.name === name)
  if (arm === undefined) throw new Error(name)
  return arm
}

test('rules outside a trainer in another process rescue it, and a second run is the same', async () => {
  const untouched = await trainBeside(trainer(2.5), armOf('nothing'), clock)
  expect(untouched).toMatchObject({ loss: CHANCE, actions: 0, steps: 400, last: 400 })
  const first = await trainBeside(trainer(2.5), armOf('rules'), clock)
  expect(first.loss).toBeLessThan(0.1)
  expect(first.actions).toBeGreaterThan(0)
  expect(first.last).toBeLessThan(first.steps)
  const { seconds: _, ...again } = await trainBeside(trainer(2.5), armOf('rules'), clock)
  expect(first).toMatchObject(again)
})

test('a training run that someone pauses ends there instead of waiting forever', async () => {
  const pauses: Arm = {
    name: 'pauses',
    title: '',
    beside: ({ dir }) => ({
      look: (step) => {
        if (step === 87) openRun(dir).send([{ module: 'core', op: 'pause' }], { source: 'api' })
        return Promise.resolve()
      },
      cost: { usd: 0, tokens: 0 },
      close: () => undefined,
    }),
  }
  expect(await trainBeside(trainer(0.1), pauses, clock)).toMatchObject({ steps: 89 })
})

test('an arm that stops early ends the trainer, and a trainer that fails reports why in one line', async () => {
  const stops: Arm = { name: 'stops', title: '', stopper: () => () => true }
  expect(await trainBeside(trainer(0.1), stops, clock)).toMatchObject({ steps: 44 })
  const broken = {
    program: process.execPath,
    words: ['-e', 'console.error("first\\nno data here"); process.exitCode = 3', '--'],
    env: {},
  }
  await expect(trainBeside(broken, armOf('nothing'), clock)).rejects.toThrow('the training run failed: no data here')
  const missing = { program: '/nowhere/python', words: [], env: {} }
  await expect(trainBeside(missing, armOf('nothing'), clock)).rejects.toThrow('ENOENT')
  const talks = { program: process.execPath, words: ['-e', 'console.log("hello")', '--'], env: {} }
  await expect(trainBeside(talks, armOf('nothing'), clock)).rejects.toThrow(
    'the trainer wrote `hello`, which is not a line',
  )
})

test('no task of CIFAR-10 has the name of a digits task, because one file may contain rows of both', () => {
  const digits = new Set(TASKS.map(({ name }) => name))
  expect(CIFAR_TASKS.filter(({ name }) => digits.has(name))).toEqual([])
  const names = CIFAR_TASKS.map(({ name }) => name)
  expect(CIFAR_TASKS.every(({ good }) => good === null || names.includes(good))).toBe(true)
})

test('a loss of null is read as NaN, and a missing loss is an error', () => {
  expect(readTrainerLine('{"k":"look","step":3,"loss":null,"lr":0.1}')).toMatchObject({ step: 3, loss: Number.NaN })
  expect(() => readTrainerLine('{"k":"look","step":3}')).toThrow('without a number `loss`')
})
