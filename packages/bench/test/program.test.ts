// Trainers that are small programs: they write lines, and report the answers that they read.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Arm } from '../src/arm.ts'
import { trainBeside } from '../src/python/train-beside.ts'
import { CHANCE } from '../src/train.ts'
import { textOf } from './scripted-trainer.ts'

const UNTOUCHED: Arm = { name: 'nothing', title: '' }
const END = { k: 'end', loss: 0.5, accuracy: 0.75, steps: 30, last: 20, weights: 'aa' }
const KERNEL = { name: 'k', version: '1', pid: null, host: null, attempt: 0 }
const STATE = { protocol: 1, kernel: KERNEL, step: 5, freeze: { mode: 'off' }, held: [], last: {} }

/** A program that writes each line after the answer to the previous one. The `weights` in its last line are the answers that it read. */
function program(lines: readonly object[], before = '') {
  const code = `
    const { writeFileSync } = require('node:fs')
    const dir = process.argv.at(-1)
    const lines = ${JSON.stringify(lines)}
    const answers = []
    ${before}
    const next = () => {
      const line = lines.shift()
      if (line === undefined) process.exit(0)
      if (line.k === 'end') line.weights = [...answers, process.argv.at(-2)].join(' ')
      process.stdout.write(JSON.stringify(line) + '\\n')
      if (line.k === 'end') process.exitCode = 0, process.stdin.destroy()
    }
    require('node:readline').createInterface({ input: process.stdin }).on('line', (text) => {
      answers.push(text)
      if (text === 'end') lines.splice(0, lines.length, ${JSON.stringify(END)})
      next()
    })
    next()`
  return { program: process.execPath, words: ['-e', code, '--'], env: process.env }
}

function clock(): () => number {
  let now = 0
  return () => {
    now += 2
    return now
  }
}

const look = (step: number, loss: number | null, lr = 0.1) => ({ k: 'look', step, loss, lr })

test('a trainer gets an answer to its start and to each evaluation, and its end is the result', async () => {
  const trained = await trainBeside(program([{ k: 'start' }, look(3, 1), look(7, 2), END]), UNTOUCHED, clock())
  expect(trained).toEqual({
    ...{ loss: 0.5, accuracy: 0.75, steps: 30, last: 20, weights: 'go go go --run-dir' },
    ...{ actions: 0, usd: 0, tokens: 0, seconds: 2 },
  })
})

test.each([
  [null, CHANCE],
  [99, CHANCE],
  [CHANCE, CHANCE],
  [0, 0],
])('a final loss of %s counts as %d', async (loss, expected) => {
  expect((await trainBeside(program([{ ...END, loss }]), UNTOUCHED, clock())).loss).toBe(expected)
})

test('a stopper receives the loss of each evaluation, and can end the training run', async () => {
  const asked: number[] = []
  const arm: Arm = { name: 'stops', title: '', stopper: () => (loss) => asked.push(loss) === 2 }
  const lines = [{ k: 'start' }, look(3, 4), look(7, 5), look(11, 6), END]
  expect((await trainBeside(program(lines), arm, clock())).weights).toBe('go go end --run-dir')
  expect(asked).toEqual([4, 5])
})

test('an agent is opened at the start, sees the rate of each evaluation, and is closed', async () => {
  const seen: unknown[] = []
  let dir = ''
  const arm: Arm = {
    ...UNTOUCHED,
    beside: (watched) => {
      dir = watched.dir
      watched.acted()
      return {
        look: async (step) => {
          watched.acted()
          seen.push([step, JSON.parse(textOf(join(dir, 'hotcb.actuators.json')) ?? 'null')])
        },
        cost: { usd: 0.25, tokens: 9 },
        close: () => seen.push('closed'),
      }
    },
  }
  const control = (key: string, current: number) => ({ param_key: key, type: 'log_float', label: key, current })
  const controls = { controls: [control('lr', 9), control('momentum', 0.5)] }
  const before = `writeFileSync(dir + '/hotcb.actuators.json', ${JSON.stringify(JSON.stringify(controls))})`
  const lines = [{ k: 'start' }, look(3, 1, 0.2), look(7, 1, 0.3), END]
  const trained = await trainBeside(program(lines, before), arm, clock())
  expect(trained).toMatchObject({ actions: 3, usd: 0.25, tokens: 9 })
  const shown = (lr: number) => ({
    controls: [
      { param_key: 'lr', current: lr },
      { param_key: 'momentum', current: 0.5 },
    ],
  })
  expect(seen).toMatchObject([[3, shown(0.2)], [7, shown(0.3)], 'closed'])
  expect(existsSync(dir)).toBe(false)
})

/** A program that writes a state, and ends with the first command that it receives, or after a second. */
function waiting(state: object) {
  const code = `
    const { writeFileSync, existsSync, readFileSync } = require('node:fs')
    const dir = process.argv.at(-1)
    writeFileSync(dir + '/hotcb.state.json', ${JSON.stringify(JSON.stringify(state))})
    const path = dir + '/hotcb.commands.jsonl'
    const ends = (weights) => {
      console.log(JSON.stringify({ ...${JSON.stringify(END)}, weights }))
      process.exit(0)
    }
    if (${state === RUNS}) setTimeout(() => ends('no command'), 1000)
    setInterval(() => {
      if (!existsSync(path)) return
      const [line, ...rest] = readFileSync(path, 'utf8').split('\\n')
      // The command is still being written.
      if (rest.length === 0) return
      const { module, op, source } = JSON.parse(line)
      ends(module + ' ' + op + ' ' + source)
    }, 20)`
  return { program: process.execPath, words: ['-e', code, '--'], env: process.env }
}

const RUNS = { ...STATE, paused: false }

test('a paused trainer is stopped, because no one would resume it', async () => {
  const paused = waiting({ ...STATE, paused: true })
  expect((await trainBeside(paused, UNTOUCHED, clock())).weights).toBe('core stop api')
  expect((await trainBeside(waiting(RUNS), UNTOUCHED, clock())).weights).toBe('no command')
})

test.each([
  ['console.error("first\\nno data here\\n"); process.exitCode = 3', 'the training run failed: no data here'],
  ['process.exitCode = 3', 'the training run failed: '],
  ['0', 'the training run failed: it ended without a result'],
  ['console.log("hello")', 'the trainer wrote `hello`, which is not a line of a bench'],
])('a program that runs %s fails with one line', async (code, message) => {
  const broken = { program: process.execPath, words: ['-e', code, '--'], env: {} }
  const failed = await trainBeside(broken, UNTOUCHED, clock()).catch((error: unknown) => error)
  expect(failed).toEqual(new Error(message))
})

test('a program that does not exist is named', async () => {
  const missing = { program: '/nowhere/python', words: [], env: {} }
  await expect(trainBeside(missing, UNTOUCHED, clock())).rejects.toThrow(
    /^the training run failed: spawn \/nowhere\/python ENOENT$/,
  )
})
