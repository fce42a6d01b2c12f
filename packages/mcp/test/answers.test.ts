import * as v from 'valibot'
import { expect, test } from 'vitest'
import type { CommandOutcome, McpPort } from '../src/index.ts'
import { TOOLS } from '../src/tools/index.ts'
import { ask, check } from '../src/tools/tool.ts'

const asked: (readonly string[])[] = []

function port(outcome: Partial<CommandOutcome>): McpPort {
  return {
    ...{ version: '1', rights: [], roots: ['/one', '/two'] },
    run: async (words) => {
      asked.push(words)
      return { exitCode: 0, output: '', errors: '', ...outcome }
    },
    locate: (path) => `/real/${path}`,
    readMetrics: async (dir, request) => ({ dir, request }),
  }
}

/** Returns the answer of a tool, and the command lines that it ran. */
async function call(name: string, args: object, outcome: Partial<CommandOutcome> = {}) {
  asked.length = 0
  const tool = TOOLS.find((one) => one.name === name)
  if (tool === undefined) throw new Error(name)
  const answer = await tool.call(v.parse(tool.args, args), port(outcome))
  return { answer, asked: [...asked] }
}

test('the answer of a command is its output without surrounding whitespace', async () => {
  expect(await ask(port({ output: ' {"a":1}\n', errors: 'a warning' }), ['x'])).toBe('{"a":1}')
  expect(await ask(port({ output: ' \n' }), ['x'])).toBe('done')
})

test.each<[Partial<CommandOutcome>, string]>([
  [{ exitCode: 1, output: ' {"ok":false}\n', errors: ' bad\n' }, '{"ok":false}\nbad'],
  [{ exitCode: 1, output: ' \n', errors: ' bad\n' }, 'bad'],
  [{ exitCode: 1, output: ' {"ok":false}\n', errors: ' ' }, '{"ok":false}'],
  [{ exitCode: 4, output: ' ', errors: '\n' }, 'exit code 4'],
])('a command that fails is an error with everything that it printed: %j', async (outcome, message) => {
  await expect(ask(port(outcome), ['x'])).rejects.toThrow(new Error(message))
})

test('a check returns its result even if it finds problems, but not if the check itself fails', async () => {
  expect(await check(port({ exitCode: 0, output: ' {}\n' }), ['x'])).toBe('{}')
  expect(await check(port({ exitCode: 1, output: ' {}\n' }), ['x'])).toBe('{}')
  await expect(check(port({ exitCode: 2, output: '{}', errors: ' wrong line\n' }), ['x'])).rejects.toThrow(
    new Error('wrong line'),
  )
  await expect(check(port({ exitCode: 0, output: ' \n' }), ['x'])).rejects.toThrow(new Error('exit code 0'))
})

test('an explanation is plain text instead of JSON, and a failure is an error', async () => {
  expect(await call('explain_run', { run: 'a' }, { output: ' It trains.\n' })).toEqual({
    answer: ' It trains.\n',
    asked: [['--dir', '/real/a', 'explain']],
  })
  await expect(call('explain_run', { run: 'a' }, { exitCode: 1, errors: ' no run\n' })).rejects.toThrow(
    new Error('no run'),
  )
})

test('metrics are read with the requested range and number of buckets', async () => {
  const read = async (args: object) => JSON.parse((await call('run_metrics', { run: 'a', ...args })).answer)
  expect(await read({ names: ['loss'] })).toEqual({ dir: '/real/a', request: { names: ['loss'], points: 50 } })
  expect(await read({ names: ['a', 'b'], from_step: 1, to_step: 9, points: 3 })).toEqual({
    dir: '/real/a',
    request: { names: ['a', 'b'], fromStep: 1, toStep: 9, points: 3 },
  })
})

test.each<[string, object, string[]]>([
  ['run_ledger', { run: 'a' }, ['--dir', '/real/a', 'log', '--last', '50', '--json']],
  [
    'run_ledger',
    { run: 'a', limit: 3, to_step: 0 },
    ['--dir', '/real/a', 'log', '--last', '3', '--to-step', '0', '--json'],
  ],
  ['validate_recipe', { run: 'a', recipe: 'b' }, ['--dir', '/real/a', 'recipe', 'validate', '/real/b', '--json']],
  ['validate_config', { sweep: 's' }, ['sweep', 'doctor', '/real/s', '--json']],
  ['sweep_status', { sweep: 's', limit: 5 }, ['sweep', 'status', '/real/s', '--limit', '5', '--json']],
  ['trial_log', { sweep: 's', trial: 2, lines: 9 }, ['sweep', 'tail', '/real/s', '2', '--lines', '9', '--json']],
  ['run_trials', { sweep: 's', trials: [2] }, ['sweep', 'run', '/real/s', '--indices', '2', '--json']],
  [
    'prune_trials',
    { sweep: 's', trials: [2], reason: 'it is bad' },
    ['sweep', 'prune', '/real/s', '2', '--reason', 'it is bad', '--json'],
  ],
  [
    'pause_trials',
    { sweep: 's', trials: [2], reason: 'it is bad' },
    ['sweep', 'pause', '/real/s', '2', '--reason', 'it is bad', '--json'],
  ],
  [
    'resume_trials',
    { sweep: 's', trials: [2], reason: 'it is good' },
    ['sweep', 'resume', '/real/s', '2', '--reason', 'it is good', '--json'],
  ],
])('%s %j runs its command line', async (name, args, words) => {
  expect((await call(name, args, { output: '{}' })).asked).toEqual([words])
})

test('the answers of several commands are returned on separate lines', async () => {
  expect((await call('list_runs', {}, { output: '{}' })).answer).toBe('{}\n{}')
  const trials = { sweep: 's', trials: [1, 2, 3], reason: 'a test' }
  expect((await call('stop_trials', trials, { output: '{}' })).answer).toBe('{}\n{}\n{}')
  expect((await call('set_trials', { ...trials, values: { lr: 1 } }, { output: '{}' })).answer).toBe('{}\n{}\n{}')
})

test('the actions that may be proposed are listed with their arguments', () => {
  const described = TOOLS.find(({ name }) => name === 'propose_change')?.description ?? ''
  expect(described).toMatch(/: `set_controls` \{values, expect\}; `revert_change` \{seq\}; /)
  expect(described).toMatch(/; `pause_run`; `resume_run`; `stop_run`\.$/)
})

test.each<[object, string]>([
  [{ action: 'revert_change', arguments: { seq: -1 } }, '`arguments.seq`: '],
  [{ action: 'set_controls', arguments: { values: { lr: 1, 'a b': 2 } } }, '`arguments.values.a b`: '],
  [
    { action: 'revert_change', arguments: { seq: 1, at_step: 5 } },
    '`revert_change` has no argument "at_step" in a proposal',
  ],
])('a proposal with wrong arguments is refused, and the message names the argument: %j', async (given, message) => {
  const proposed = call('propose_change', { run: 'a', reason: 'a test', ...given })
  await expect(proposed).rejects.toThrow(message)
  expect(asked).toEqual([])
})

test('an action without arguments may be proposed without any', async () => {
  expect((await call('propose_change', { run: 'a', action: 'pause_run', reason: 'to look' })).asked).toEqual([
    ['--dir', '/real/a', 'autopilot', 'propose', 'pause', '--note', 'to look', '--wait=10', '--json'],
  ])
  expect((await call('propose_trials', { sweep: 's', action: 'stop_all', reason: 'to look' })).asked).toEqual([
    ['sweep', 'propose', 'stop_all', '{}', '/real/s', '--reason', 'to look', '--json'],
  ])
})

test.each<[string, object]>([
  ['run_ledger', { run: 'a', limit: 201 }],
  ['run_ledger', { run: 'a', limit: 0 }],
  ['run_metrics', { run: 'a', names: [] }],
  ['run_metrics', { run: 'a', names: ['x'], points: 501 }],
  ['trial_log', { sweep: 's', trial: 1.5 }],
  ['sweep_status', { sweep: 's', state: 'a b' }],
  ['set_controls', { run: 'a', values: { '-x': 1 }, reason: 'a test' }],
  ['set_controls', { run: 'a', values: { lr: 1 }, reason: ' x ' }],
  ['set_controls', { run: 'a', values: { lr: 1 }, reason: 'x'.repeat(501) }],
  ['save_checkpoint', { run: 'a', tag: '-x', reason: 'a test' }],
  ['propose_trials', { sweep: 's', action: '--all', reason: 'a test' }],
  ['stop_trials', { sweep: 's', trials: [], reason: 'a test' }],
])('%s refuses %j before anything runs', (name, args) => {
  const tool = TOOLS.find((one) => one.name === name)
  expect(tool !== undefined && v.safeParse(tool.args, args).success).toBe(false)
})
