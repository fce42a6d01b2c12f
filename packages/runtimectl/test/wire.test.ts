import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createCommand, formatQueueCommand } from '../src/index.ts'
import { openControls } from '../src/node.ts'
import { acksOf, brief, temporaryFolder, write } from './queue.ts'

// As runtimectl 0.1.0 writes them, byte for byte.
const COMMAND =
  '{"id": "0c05a7b1-3dcf-49fe-b2c6-fa908d997d1c", "ts": 1795303293.28, "op": "set", "path": "opt.lr.mult", "args": [0.5], "kwargs": {}}'
const APPLIED =
  '{"id": "0c05a7b1-3dcf-49fe-b2c6-fa908d997d1c", "ts": 1795303295.01, "path": "opt.lr.mult", "op": "set", "status": "applied", "args": [0.5], "kwargs": {}}'
const REJECTED =
  '{"id": "f8ca2b1e-7b67-4c60-9d6e-0d2f7fae3c11", "ts": 1795303304.39, "path": "nope", "op": "set", "status": "rejected", "error": "unknown path: nope"}'

test('a command is written in runtimectl’s format', () => {
  const command = createCommand('opt.lr.mult', { args: [0.5] }, '0c05a7b1-3dcf-49fe-b2c6-fa908d997d1c', 1795303293.28)
  expect(formatQueueCommand(command)).toBe(COMMAND)
})

test('numbers are written in Python’s format, so that its programs print the same', () => {
  const written = (args: readonly number[]): string => formatQueueCommand(createCommand('x', { args }, 'i', 1))
  expect(written([0.0001, 0.00001, -1.5e-7, 2.5e-300, 1e21, -0, 1.1e-5])).toContain(
    '[0.0001, 1e-05, -1.5e-07, 2.5e-300, 1e+21, -0.0, 1.1e-05]',
  )
})

test('acks are written in runtimectl’s format, except for the time', () => {
  const dir = temporaryFolder()
  const controls = openControls({ dir, budgetMs: Number.POSITIVE_INFINITY })
  controls.register('opt.lr.mult', () => undefined)
  write(dir, `${COMMAND}\n{"id": "f8ca2b1e-7b67-4c60-9d6e-0d2f7fae3c11", "path": "nope"}\n`)
  controls.pollAndApply()
  const written = readFileSync(join(dir, 'acks.jsonl'), 'utf8')
  const timeless = (text: string): string => text.replace(/"ts": [\d.]+/g, '"ts": ?')
  expect(timeless(written)).toBe(timeless(`${APPLIED}\n${REJECTED}\n`))
})

test("a line without id, op, args and kwargs gets runtimectl's defaults, and a stable id", () => {
  const dir = temporaryFolder()
  const calls: unknown[][] = []
  const controls = openControls({ dir, budgetMs: Number.POSITIVE_INFINITY })
  controls.register('save', (_ctx, ...args) => void calls.push(args))
  write(dir, '{"path": "save"}\n')
  const [ack] = controls.pollAndApply()
  expect(ack).toEqual({
    id: expect.stringMatching(/^o0-[0-9a-f]{16}$/),
    ts: expect.any(Number),
    path: 'save',
    op: 'set',
    status: 'applied',
    args: [],
    kwargs: {},
  })
  const again = openControls({ dir, budgetMs: Number.POSITIVE_INFINITY })
  again.register('save', (_ctx, ...args) => void calls.push(args))
  expect(again.pollAndApply()).toEqual([])
  expect(calls).toEqual([[]])
})

test("problems with a command are reported with runtimectl's messages, in its order", () => {
  const dir = temporaryFolder()
  const controls = openControls({ dir, budgetMs: Number.POSITIVE_INFINITY })
  controls.register('lr', () => {
    throw new RangeError('multiplier must be > 0')
  })
  const lines = [
    { id: 'a', path: 'nope', op: 'mul', args: 5, kwargs: 5 },
    { id: 'b', path: 'nope', op: 'mul', args: null },
    { id: 'c', path: 'nope', op: 'mul', args: [], kwargs: [] },
    { id: 'd', path: 'nope', op: 'mul' },
    { id: 'e', path: 'nope' },
    { id: 'f' },
    { id: 'g', path: 'lr', args: [-1] },
    { id: 7, path: 'lr' },
  ]
  write(dir, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  expect(brief(controls.pollAndApply())).toEqual([
    'a rejected: command args must be a list',
    'b rejected: command args must be a list',
    'c rejected: command kwargs must be an object',
    'd rejected: unsupported op: mul',
    'e rejected: unknown path: nope',
    'f rejected: unknown path: ',
    'g failed: multiplier must be > 0',
    '7 failed: multiplier must be > 0',
  ])
})

test('NaN and Infinity pass in both directions, in Python’s notation', () => {
  const dir = temporaryFolder()
  const seen: unknown[] = []
  const controls = openControls({ dir, budgetMs: Number.POSITIVE_INFINITY })
  controls.register('x', (_ctx, ...args) => void seen.push(args))
  write(dir, '{"id": "n", "path": "x", "args": [NaN, -Infinity, -0.0, "NaN é €"]}\n')
  controls.pollAndApply()
  expect(seen).toEqual([[Number.NaN, Number.NEGATIVE_INFINITY, -0, 'NaN é €']])
  expect(readFileSync(join(dir, 'acks.jsonl'), 'utf8')).toContain('"args": [NaN, -Infinity, -0.0, "NaN é €"]')
})

test('`validate: Number` refuses text that is not a number, and passes a requested NaN', () => {
  const dir = temporaryFolder()
  const seen: unknown[] = []
  const controls = openControls({ dir, budgetMs: Number.POSITIVE_INFINITY })
  controls.register('x', (_ctx, value) => void seen.push(value), { validate: Number })
  for (const value of ['"banana"', '"0.5"', 'NaN', '{}']) write(dir, `{"path": "x", "args": [${value}]}\n`)
  controls.pollAndApply()
  expect(seen).toEqual([0.5, Number.NaN])
  // The ack contains NaN as Python's JSON does.
  expect(acksOf(dir).flatMap(({ error }) => error ?? [])).toEqual([
    'expected a number, got "banana"',
    'expected a number, got {}',
  ])
})

test('values that JSON cannot represent are applied, and acked with the requested arguments', () => {
  const dir = temporaryFolder()
  const cycle: unknown[] = []
  cycle.push(cycle)
  const made: Readonly<Record<string, unknown>> = {
    map: new Map(),
    function: () => 1,
    big: 1n,
    cycle,
    tensor: new Float32Array(2),
    long: 'x'.repeat(5_000_000),
  }
  const applied: unknown[] = []
  const controls = openControls({ dir, budgetMs: Number.POSITIVE_INFINITY })
  controls.register('x', (_ctx, value) => void applied.push(value), { validate: (name) => made[String(name)] })
  for (const name of Object.keys(made)) write(dir, `{"id": "${name}", "path": "x", "args": ["${name}"]}\n`)
  controls.pollAndApply()
  expect(applied).toEqual(Object.values(made))
  expect(acksOf(dir)).toEqual(
    Object.keys(made).map((id) => ({
      id,
      ts: expect.any(Number),
      path: 'x',
      op: 'set',
      status: 'applied',
      args: [id],
      kwargs: {},
      note: 'these are the requested arguments: JSON cannot represent the arguments that the function was called with',
    })),
  )
})

test('acks written by Python are respected, so this trainer can take over from a Python trainer', () => {
  const dir = temporaryFolder()
  writeFileSync(join(dir, 'acks.jsonl'), `${APPLIED}\n`)
  write(dir, `${COMMAND}\n`)
  const controls = openControls({ dir, budgetMs: Number.POSITIVE_INFINITY })
  controls.register('opt.lr.mult', () => {
    throw new Error('it was applied before')
  })
  expect(controls.pollAndApply()).toEqual([])
})
