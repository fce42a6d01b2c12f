import { toStandardJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import type { McpPort } from '../src/index.ts'
import { TOOLS, toolsFor } from '../src/tools/index.ts'

const asked: (readonly string[])[] = []
const port: McpPort = {
  version: '1',
  rights: [],
  roots: ['/runs'],
  run: async (words) => {
    asked.push(words)
    return words.includes('bad') ? { exitCode: 1, output: '', errors: 'no' } : { exitCode: 0, output: '{}', errors: '' }
  },
  locate: (path) => `/real/${path}`,
  readMetrics: async (dir, request) => ({ dir, request }),
}

async function call(name: string, args: object): Promise<readonly string[][]> {
  asked.length = 0
  const tool = TOOLS.find((one) => one.name === name)
  if (tool === undefined) throw new Error(name)
  await tool.call(v.parse(tool.args, args), port)
  return asked.map((words) => [...words])
}

test('every tool has its own name, a description, and arguments that a client can read as JSON Schema', () => {
  expect(new Set(TOOLS.map(({ name }) => name)).size).toBe(TOOLS.length)
  for (const { name, description, args } of TOOLS) {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)+$/)
    expect(description).toMatch(/\.$/)
    const schema = toStandardJsonSchema(args)['~standard'].jsonSchema.input({ target: 'draft-2020-12' })
    expect(schema).toMatchObject({ type: 'object' })
  }
})

test('every tool that changes something needs a reason, except `run_trials`, whose journal entry has none', () => {
  for (const { name, right, args } of TOOLS) {
    const { entries } = args as v.ObjectSchema<v.ObjectEntries, undefined>
    expect(Object.hasOwn(entries, 'reason'), name).toBe(right !== undefined && name !== 'run_trials')
  }
})

test('a client without rights has only tools for reading', () => {
  expect(toolsFor([]).every(({ right }) => right === undefined)).toBe(true)
  expect(toolsFor(['sweep']).some(({ right }) => right === 'control')).toBe(false)
  expect(toolsFor(['propose', 'control', 'sweep'])).toEqual(TOOLS)
  expect(toolsFor(['propose']).flatMap(({ name, right }) => (right === undefined ? [] : [name]))).toEqual([
    'propose_change',
    'propose_trials',
  ])
})

test('values are written as JSON, so that a string is never read as a number or a flag', async () => {
  expect(
    await call('set_controls', { run: 'a', values: { lr: 0.1, mode: '1', x: '--json' }, reason: 'for a test' }),
  ).toEqual([
    ['--dir', '/real/a', 'set', 'lr=0.1', 'mode="1"', 'x="--json"', '--note', 'for a test', '--wait=10', '--json'],
  ])
})

test('a control may have any name, also one that objects in JavaScript inherit', async () => {
  const values = JSON.parse('{"prototype":0.5,"constructor":1}')
  const [words] = await call('set_controls', { run: 'a', values, reason: 'for a test' })
  expect(words?.slice(0, 5)).toEqual(['--dir', '/real/a', 'set', 'prototype=0.5', 'constructor=1'])
})

test('a change for a later step is sent without waiting for its answer', async () => {
  const [words] = await call('set_controls', {
    run: 'a',
    values: { lr: 1 },
    expect: { lr: 2 },
    at_step: 9,
    reason: 'later',
  })
  expect(words).toEqual([
    '--dir',
    '/real/a',
    'set',
    'lr=1',
    '--expect',
    'lr=2',
    '--at',
    'step=9',
    '--note',
    'later',
    '--json',
  ])
})

test.each([
  ['revert_change', { run: 'a', seq: 4, reason: 'undo it' }, ['revert', '4', '--note', 'undo it', '--wait=10']],
  [
    'save_checkpoint',
    { run: 'a', tag: 't1', reason: 'keep' },
    ['checkpoint', 'save', 't1', '--note', 'keep', '--wait=10'],
  ],
  [
    'load_checkpoint',
    { run: 'a', tag: 't1', reason: 'back' },
    ['checkpoint', 'load', 't1', '--note', 'back', '--wait=10'],
  ],
  ['pause_run', { run: 'a', reason: 'look' }, ['pause', '--note', 'look', '--wait=10']],
  ['resume_run', { run: 'a', reason: 'go' }, ['resume', '--note', 'go', '--wait=10']],
  ['stop_run', { run: 'a', reason: 'done' }, ['stop', '--note', 'done', '--wait=10']],
  ['run_status', { run: 'a' }, ['status']],
  ['run_ledger', { run: 'a', from_step: 1, to_step: 2 }, ['log', '--last', '50', '--from-step', '1', '--to-step', '2']],
])('%s runs a command line on its run', async (name, args, words) => {
  expect(await call(name, args)).toEqual([['--dir', '/real/a', ...words, '--json']])
})

test.each([
  ['sweep_status', { sweep: 's', state: 'failed' }, ['status', '/real/s', '--limit', '100', '--state', 'failed']],
  ['sweep_results', { sweep: 's' }, ['res', '/real/s']],
  ['trial_log', { sweep: 's', trial: 3 }, ['tail', '/real/s', '3', '--lines', '40']],
  ['why_trial', { sweep: 's', trial: 3 }, ['why', '/real/s', '3']],
  ['run_trials', { sweep: 's', trials: [1, 4], dry_run: true }, ['run', '/real/s', '--indices', '1,4', '--dry-run']],
])('%s runs a command line on its sweep', async (name, args, words) => {
  expect(await call(name, args)).toEqual([['sweep', ...words, '--json']])
})

test('a proposal contains the command line of its action, in quotes where needed', async () => {
  const values = { lr: { mul: 0.5 }, mode: 'a "b" c' }
  const given = { action: 'set_controls', arguments: { values, expect: { lr: 1 } }, reason: 'for a test' }
  expect(await call('propose_change', { run: 'a', ...given })).toEqual([
    [
      ...['--dir', '/real/a', 'autopilot', 'propose'],
      String.raw`set "lr={\"mul\":0.5}" "mode=\"a \\\"b\\\" c\"" --expect lr=1`,
      ...['--note', 'for a test', '--wait=10', '--json'],
    ],
  ])
  const sweep = { sweep: 's', action: 'stop_index', arguments: { index: 3 }, reason: 'it diverges' }
  expect(await call('propose_trials', sweep)).toEqual([
    ['sweep', 'propose', 'stop_index', '{"index":3}', '/real/s', '--reason', 'it diverges', '--json'],
  ])
})

test.each([
  [{ action: 'set_controls', arguments: { values: {} } }, /`arguments.values`: at least one control/],
  [{ action: 'set_controls', arguments: { values: { lr: 1 }, at_step: 5 } }, /has no argument "at_step" in a proposal/],
  [{ action: 'pause_run', arguments: { all: true } }, /has no argument "all"/],
  [{ action: 'save_checkpoint', arguments: { tag: '../x' } }, /`arguments.tag`: letters/],
])('arguments that do not match their action are refused before anything runs', async (given, reason) => {
  await expect(call('propose_change', { run: 'a', reason: 'a test', ...given })).rejects.toThrow(reason)
  expect(asked).toEqual([])
})

test('a check that finds problems returns a result, and a check that cannot run is an error', async () => {
  const found: McpPort = { ...port, run: async () => ({ exitCode: 1, output: '{"ok":false}', errors: '' }) }
  const broken: McpPort = { ...port, run: async () => ({ exitCode: 1, output: '', errors: 'no such file' }) }
  for (const [name, args] of [
    ['validate_config', { sweep: 's' }],
    ['validate_recipe', { run: 'a', recipe: 'a/r.jsonl' }],
  ] as const) {
    const tool = TOOLS.find((one) => one.name === name)
    await expect(tool?.call(args, found), name).resolves.toBe('{"ok":false}')
    await expect(tool?.call(args, broken), name).rejects.toThrow('no such file')
  }
})

test('several trials are changed one after the other', async () => {
  expect(await call('stop_trials', { sweep: 's', trials: [1, 2], reason: 'enough' })).toEqual([
    ['sweep', 'stop', '/real/s', '1', '--reason', 'enough', '--json'],
    ['sweep', 'stop', '/real/s', '2', '--reason', 'enough', '--json'],
  ])
  expect(await call('set_trials', { sweep: 's', trials: [5], values: { lr: 1 }, reason: 'all' })).toEqual([
    ['sweep', 'set', '/real/s', '5', 'lr=1', '--note', 'all', '--json'],
  ])
})

test("a command's standard error is the error of the tool", async () => {
  await expect(call('why_trial', { sweep: 's', trial: 1 })).resolves.toBeDefined()
  const tool = TOOLS.find(({ name }) => name === 'sweep_results')
  await expect(tool?.call({ sweep: 's' }, { ...port, locate: () => 'bad' })).rejects.toThrow('no')
})
