import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { benchPort } from '../src/index.ts'
import { cifarProblem, cifarSuite } from '../src/python/cifar10.ts'
import { readTrainerLine } from '../src/python/line.ts'
import { CIFAR_TASKS } from '../src/python/tasks.ts'

const RECORD = 3073

function home(): string {
  const dir = mkdtempSync(join(tmpdir(), 'bench-cifar-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function data(files: Readonly<Record<string, number>>): string {
  const dir = home()
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(dir, name), Buffer.alloc(bytes))
  return dir
}

const WHOLE = { 'data_batch_1.bin': 2 * RECORD, 'test_batch.bin': RECORD }

test('a directory with whole batches has no problem', () => {
  expect(cifarProblem(data(WHOLE))).toBeNull()
  expect(cifarProblem(data({ ...WHOLE, 'data_batch_2.bin': 0, 'readme.html': 5, 'data_batch_x.bin': 5 }))).toBeNull()
})

test('a directory that is missing, or that lacks the training or the test batches, is named', () => {
  const missing = join(home(), 'none')
  expect(cifarProblem(missing)).toBe(`the directory \`${missing}\` does not exist`)
  for (const files of [
    { 'test_batch.bin': RECORD },
    { 'data_batch_1.bin': RECORD },
    { 'a_data_batch_1.bin': RECORD },
  ]) {
    const dir = data(files)
    expect(cifarProblem(dir)).toMatch(`\`${dir}\` has no \`data_batch_1.bin\` and \`test_batch.bin\``)
  }
})

test('an incomplete batch is named, with the size that it must have', () => {
  for (const odd of ['data_batch_1.bin', 'test_batch.bin']) {
    const dir = data({ ...WHOLE, [odd]: RECORD - 1 })
    expect(cifarProblem(dir)).toMatch(new RegExp(`^\`${join(dir, odd)}\` .* multiple of 3073 bytes$`))
  }
})

test('the bench refuses such a directory, and offers tasks and arms for a good one', () => {
  const dir = data({})
  const place = { python: 'python3', env: {} }
  expect(() => benchPort.cifar10({ data: dir, ...place })).toThrow(dir)
  const { tasks, arms } = benchPort.cifar10({ data: data(WHOLE), ...place })
  expect(tasks.map(({ name }) => name)).toEqual(CIFAR_TASKS.map(({ name }) => name))
  expect(arms.map(({ name }) => name)).toEqual(['nothing', 'a-a', 'early', 'rules', 'llm', 'llm-first'])
})

test('a trainer gets data, seed, optimizer, rate and budget, and one thread', async () => {
  const dir = home()
  const seen = join(dir, 'seen.txt')
  const python = join(dir, 'python')
  const end = { k: 'end', loss: 0.5, accuracy: 0.75, steps: 30, last: 30, weights: 'aa' }
  writeFileSync(
    python,
    `#!/bin/sh\nprintf '%s\\n' "$@" "threads $OMP_NUM_THREADS" "more $MORE" > '${seen}'\necho '${JSON.stringify(end)}'\n`,
  )
  chmodSync(python, 0o755)
  mkdirSync(join(dir, 'data'))
  const suite = cifarSuite({ data: join(dir, 'data'), python, env: { MORE: 'kept', PATH: process.env['PATH'] } })
  const arm = { name: 'a-a', title: '', factor: 3 }
  let now = 10
  const trained = await suite.train({ task: 'cifar10-high-adam', arm, seed: 4, budget: 30, clock: () => now++ })
  const words = readFileSync(seen, 'utf8').split('\n')
  expect(words.slice(0, 13)).toEqual([
    ...['-m', 'hotcb_bridge._bench', '--data', join(dir, 'data'), '--seed', '4'],
    ...['--optimizer', 'adam', '--lr', '0.03', '--max-steps', '30', '--run-dir'],
  ])
  expect(words.slice(14, 16)).toEqual(['threads 1', 'more kept'])
  expect(trained).toEqual({
    ...{ loss: 0.5, accuracy: 0.75, steps: 30, last: 30, weights: 'aa' },
    ...{ actions: 0, usd: 0, tokens: 0, seconds: 1 },
  })
  expect(() => suite.train({ task: 'good', arm, seed: 4, budget: 30, clock: () => 0 })).toThrow(
    '`good` is not a task of CIFAR-10',
  )
})

test("a trainer's line is read with its numbers, and a line in any other form is quoted", () => {
  expect(readTrainerLine('{"k":"start"}')).toEqual({ k: 'start' })
  expect(readTrainerLine('{"k":"look","step":3,"loss":0.5,"lr":0.1}')).toEqual({
    k: 'look',
    step: 3,
    loss: 0.5,
    lr: 0.1,
  })
  const end = { k: 'end', loss: 1, accuracy: 0.5, steps: 7, last: 6, weights: 'ab' }
  expect(readTrainerLine(JSON.stringify(end))).toEqual(end)
  for (const name of ['loss', 'accuracy', 'steps', 'last']) {
    expect(() => readTrainerLine(JSON.stringify({ ...end, [name]: 'x' }))).toThrow(`without a number \`${name}\``)
  }
  for (const line of [{ ...end, k: 'stop' }, { ...end, weights: 3 }, [], 7]) {
    const text = JSON.stringify(line)
    expect(() => readTrainerLine(text)).toThrow(`the trainer wrote \`${text}\`, which is not a line of a bench`)
  }
})

test('a long line and control characters are not repeated in a message', () => {
  expect(() => readTrainerLine(`\u001B[2J${'x'.repeat(5000)}`)).toThrow(
    /^the trainer wrote `\ufffd\[2Jx{190,200}`, which/,
  )
})
