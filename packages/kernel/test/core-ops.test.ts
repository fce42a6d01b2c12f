import { formatFreeze, UNFROZEN } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createKernel, type KernelOptions } from '../src/index.ts'
import { type MemoryRun, memoryRun } from './memory-run.ts'
import { toyTrainer } from './run-dir.ts'

const core = (op: string, params: object | null = null, more: object = {}): object => ({
  module: 'core',
  op,
  ...(params !== null && { params }),
  ...more,
})

/** A kernel that has taken these commands at step 4. */
function after(lines: readonly object[], options: KernelOptions = {}) {
  const run = memoryRun()
  const trainer = toyTrainer()
  const kernel = createKernel({ ...run, state: trainer.state, lookMs: 0, ...options })
  for (const [i, line] of lines.entries()) run.command({ cid: `c${i}`, ...line })
  const result = kernel.apply({ step: 4 })
  return { run, kernel, result, trainer }
}

const answers = (run: MemoryRun) => run.lines().filter(({ cid }) => cid?.startsWith('c'))
const outcomes = (run: MemoryRun): unknown[] =>
  answers(run).map(({ decision, error, notes }) => [decision, error ?? notes])

test.each<[name: string, command: object, error: string]>([
  ['a reason that is a number', core('stop', { reason: 5 }), '`reason` must be text, got 5'],
  ['a reason that is an object', core('stop', { reason: {} }), '`reason` must be text, got {}'],
  ['no cid to cancel', core('cancel'), '`cid` must be a non-empty string, got undefined'],
  ['an empty cid', core('cancel', { cid: '' }), '`cid` must be a non-empty string, got ""'],
  ['a cid that is a number', core('cancel', { cid: 5 }), '`cid` must be a non-empty string, got 5'],
  [
    'an unknown action',
    core('checkpoint', { action: 'keep' }),
    '`action` must be save, load, branch or drop, got "keep"',
  ],
  [
    'an action that is a number',
    core('checkpoint', { action: 1 }),
    '`action` must be save, load, branch or drop, got 1',
  ],
  ['an op that only the kernel writes', core('attempt'), '`core attempt` is written only by the kernel'],
  ['another op that only the kernel writes', core('yaml'), '`core yaml` is written only by the kernel'],
  [
    'an unknown op',
    core('dance'),
    'unknown_core_op: `dance`: core has the ops freeze, unfreeze, pause, resume, stop, checkpoint, revert, cancel',
  ],
  ['a save without a handler', core('checkpoint'), 'this trainer registered no `save` for checkpoints'],
  [
    'a load without a handler',
    core('checkpoint', { action: 'load' }),
    'this trainer registered no `load` for checkpoints',
  ],
  ['a drop without a handler', core('checkpoint', { action: 'drop', tag: 'a' }), 'this trainer keeps no checkpoints'],
])('%s fails, and changes nothing', (_name, command, error) => {
  const { run, kernel, result } = after([command])
  expect(outcomes(run)).toEqual([['failed', error]])
  expect(answers(run)[0]?.payload).toBeNull()
  expect([result, kernel.signal.aborted]).toEqual([
    { stop: false, paused: false, rewound: null, degraded: false, superseded: false },
    false,
  ])
})

test.each([['../up'], ['.hidden'], ['-a'], [''], ['a b'], ['a/b'], ['a\n'], ['x'.repeat(101)], [5], [{}]])(
  'a checkpoint cannot have the tag %j',
  (tag) => {
    const saved: string[] = []
    const checkpoints = { save: ({ tag: given }: { tag: string }) => void saved.push(given) }
    const { run } = after([core('checkpoint', { tag })], { checkpoints })
    const [line] = answers(run)
    expect([line?.decision, saved]).toEqual(['failed', []])
    expect(line?.error).toMatch(/^`tag` must be letters, digits, dots, dashes or underscores, got /)
  },
)

test('a checkpoint is saved under its tag, or under that of the next step, and its line records what was saved', () => {
  const seen: unknown[] = []
  const long = 'x'.repeat(100)
  const { run } = after(
    [core('checkpoint'), core('checkpoint', { tag: 'a.b-c_D9' }), core('checkpoint', { action: 'branch', tag: long })],
    {
      checkpoints: {
        save: ({ tag, step, seq, calls, by, attempt, signal }) =>
          void seen.push({ tag, step, seq, calls, by, attempt, isAborted: signal.aborted }),
      },
    },
  )
  const by = { source: 'external', author: null }
  expect(seen).toEqual(
    ['step-5', 'a.b-c_D9', long].map((tag, i) => {
      return { tag, step: 5, seq: 1 + i, calls: 1, by, attempt: 1, isAborted: false }
    }),
  )
  expect(answers(run).map(({ decision, payload }) => [decision, payload])).toEqual([
    ['applied', { action: 'save', tag: 'step-5', step: 5 }],
    ['applied', { action: 'save', tag: 'a.b-c_D9', step: 5 }],
    ['applied', { action: 'branch', tag: long, step: 5 }],
  ])
})

test('a stop records its reason in its line and in the signal', () => {
  const bare = after([core('stop')])
  expect([bare.result.stop, bare.kernel.signal.reason, answers(bare.run)[0]?.payload]).toEqual([
    true,
    'stopped by command',
    null,
  ])
  const told = after([core('stop', { reason: 'diverged' })])
  expect([told.kernel.signal.reason, answers(told.run)[0]?.payload]).toEqual(['diverged', { reason: 'diverged' }])
})

test('pause and resume are `skipped_noop` if there is nothing to do', () => {
  const { run } = after([core('resume'), core('accept_ledger')])
  expect(outcomes(run)).toEqual([
    ['skipped_noop', 'it is not paused'],
    ['skipped_noop', 'the ledger is not lost: there is nothing to accept'],
  ])
  const paused = memoryRun()
  const { sleep: _, ...without } = paused
  const kernel = createKernel({ ...without, lookMs: 0 })
  paused.command({ cid: 'c0', ...core('pause') })
  expect(kernel.apply({ step: 0 }).paused).toBe(true)
  paused.command({ cid: 'c1', ...core('pause') })
  paused.command({ cid: 'c2', ...core('resume') })
  for (let step = 1; step < 4; step++) kernel.apply({ step })
  expect(outcomes(paused)).toEqual([
    ['applied', null],
    ['skipped_noop', 'it is already paused'],
    ['applied', null],
  ])
})

test('a cancel ends a held command, a request of a module, or a command that has not arrived', () => {
  const run = memoryRun()
  const kernel = createKernel({ ...run, state: toyTrainer().state, lookMs: 0 })
  run.command({ cid: 'held', module: 'opt', op: 'set_params', params: { lr: 1 }, at: { step: 9 } })
  kernel.apply({ step: 0 })
  const cancels = ['held', 'held', 'later'].map((cid, i) => ({ cid: `c${i}`, ...core('cancel', { cid }) }))
  for (const one of cancels) run.command(one)
  kernel.apply({ step: 1 })
  run.command({ cid: 'later', module: 'opt', op: 'set_params', params: { lr: 1 } })
  kernel.apply({ step: 2 })
  expect(
    run.lines().map(({ cid, decision, error, notes, payload }) => [cid, decision, error ?? notes, payload]),
  ).toEqual([
    [null, 'applied', null, expect.anything()],
    ['held', 'expired', 'cancelled', null],
    ['c0', 'applied', null, { cid: 'held' }],
    ['c1', 'failed', 'no held command has cid "held": it is already answered', null],
    ['c2', 'applied', 'no command with this `cid` has arrived: if one arrives, it is skipped', { cid: 'later' }],
    ['later', 'skipped_noop', 'this `cid` is already answered', null],
  ])
})

function freezePort(text: string | null = null) {
  const written: string[] = []
  const port = {
    failure: null as Error | null,
    written,
    changed: () => false,
    read: () => written.at(-1) ?? text,
    write: (next: string) => {
      if (port.failure !== null) throw port.failure
      written.push(next)
    },
  }
  return port
}

test('a freeze is written into its document with its author, and its line has all fields', () => {
  const freeze = freezePort()
  const { run, kernel } = after(
    [core('freeze', null, { mode: 'prod', author: 'ann' }), { module: 'opt', op: 'set_params', params: { lr: 0.3 } }],
    { freeze },
  )
  const prod = { ...UNFROZEN, mode: 'prod' }
  expect(freeze.written).toEqual([formatFreeze({ ...UNFROZEN, mode: 'prod', author: 'ann' })])
  expect(
    answers(run).map(({ op, decision, error, params, payload }) => [op, decision, error, params, payload]),
  ).toEqual([
    [
      'freeze',
      'applied',
      null,
      { mode: 'prod', recipe_path: null, adjust_path: null, policy: null, step_offset: null },
      prod,
    ],
    ['set_params', 'ignored_freeze', 'frozen: mode is prod', { lr: 0.3 }, null],
  ])
  run.command({ cid: 'c9', ...core('unfreeze', { mode: 'prod' }) })
  kernel.apply({ step: 5 })
  expect(freeze.written.at(-1)).toBe(formatFreeze({ ...UNFROZEN, author: null }))
  expect(answers(run).at(-1)).toMatchObject({ decision: 'applied', payload: { ...UNFROZEN } })
})

test('the fields of a freeze are next to its params or in them, and those next to them take precedence', () => {
  const freeze = freezePort()
  const { run } = after([core('freeze', { mode: 'prod', step_offset: 3 }, { step_offset: 4 })], { freeze })
  expect(answers(run)[0]?.payload).toMatchObject({ mode: 'prod', step_offset: 4 })
})

test.each([
  [{ mode: 'cold' }, /^`mode` must be one of off, prod, replay, replay_adjusted, got "cold"/],
  [{ mode: 'replay', policy: 'lax' }, /^`policy` must be /],
])('a freeze with %j fails, and the document stays unchanged', (fields, error) => {
  const freeze = freezePort()
  const { run } = after([core('freeze', fields)], { freeze })
  expect(answers(run)[0]).toMatchObject({ decision: 'failed', error: expect.stringMatching(error) })
  expect(freeze.written).toEqual([])
})

test('a freeze that cannot be written fails, and the mode stays unchanged', () => {
  const freeze = freezePort()
  freeze.failure = new Error('no space')
  const { run } = after([core('freeze', { mode: 'prod' }), { module: 'opt', op: 'set_params', params: { lr: 0.3 } }], {
    freeze,
  })
  expect(outcomes(run)).toEqual([
    ['failed', 'the freeze document cannot be written: no space'],
    ['applied', null],
  ])
})

test('during a replay live commands are ignored, and the error names the mode', () => {
  const entries = { ok: true as const, value: { entries: [], origins: [], notes: [] } }
  const { run } = after([{ module: 'opt', op: 'set_params', params: { lr: 0.3 } }], {
    freeze: freezePort('{"mode":"replay"}'),
    recipes: { load: () => entries },
  })
  expect(answers(run)[0]).toMatchObject({
    decision: expect.stringMatching(/^ignored_/),
    error: 'frozen: a recipe is being replayed (mode replay)',
  })
})

test.each<[name: string, params: object, handler: 'fails' | 'drops', error: string | null]>([
  ['without a tag', { action: 'drop' }, 'drops', '`tag` is missing: name the checkpoint to drop'],
  [
    'with a `yes` that is text',
    { action: 'drop', tag: 'a', yes: 'y' },
    'drops',
    '`yes` must be true or false, got "y"',
  ],
  ['that its handler refuses', { action: 'drop', tag: 'a' }, 'fails', 'there is none'],
  ['that its handler executes', { action: 'drop', tag: 'a', yes: true }, 'drops', null],
])('a drop %s', (_name, params, handler, error) => {
  const asked: unknown[] = []
  const { run } = after([core('checkpoint', params)], {
    checkpoints: {
      drop: (request) => {
        asked.push(request)
        if (handler === 'fails') throw new Error('there is none')
        return { step: 3, by: { source: 'trainer', author: null } }
      },
    },
  })
  expect(outcomes(run)).toEqual([[error === null ? 'applied' : 'failed', error]])
  if (error === null) {
    expect(asked).toEqual([{ tag: 'a', isConfirmed: true, attempt: 1 }])
    expect(answers(run)[0]?.payload).toEqual({
      action: 'drop',
      tag: 'a',
      step: 3,
      by: { source: 'trainer', author: null },
    })
  }
})

test('the number of calls of a checkpoint follows the calls of its step, until the next one or a drop', () => {
  const counts: unknown[] = []
  const said: string[] = []
  const run = memoryRun()
  let failure: Error | null = null
  const kernel = createKernel({
    ...run,
    lookMs: 0,
    log: (line) => void said.push(line),
    checkpoints: {
      save: () => undefined,
      recount: (one) => {
        if (failure !== null) throw failure
        counts.push(one)
      },
      drop: () => ({ step: null, by: null }),
    },
  })
  run.command(core('checkpoint', { tag: 'a' }))
  run.command(core('checkpoint', { tag: 'b' }))
  kernel.apply({ step: 4 })
  kernel.apply({ step: 4 })
  run.command(core('checkpoint', { action: 'drop', tag: 'a' }))
  kernel.apply({ step: 4 })
  kernel.apply({ step: 4 })
  failure = new Error('read-only')
  kernel.apply({ step: 4 })
  kernel.apply({ step: 5 })
  kernel.apply({ step: 5 })
  expect(counts).toEqual([
    { tag: 'a', calls: 2 },
    { tag: 'b', calls: 2 },
    { tag: 'a', calls: 3 },
    { tag: 'b', calls: 3 },
    { tag: 'b', calls: 4 },
  ])
  expect(said).toEqual(['checkpoint `b`: its `calls` could not be rewritten: read-only'])
  expect(run.lines().at(-1)?.payload).toEqual({ action: 'drop', tag: 'a', step: null, by: null })
})

test.each<[name: string, command: object, wallTime: number, outcome: [string, string | null]]>([
  ['expires at this step', { expires: { step: 4 } }, 0, ['applied', null]],
  [
    'expired at the step before',
    { expires: { step: 3 } },
    0,
    ['expired', 'it expired after step 3, and this is step 4'],
  ],
  ['expires at this second', { expires: { ts: 2000 } }, 2000, ['applied', null]],
  ['expired a moment ago', { expires: { ts: 2000 } }, 2001.25, ['expired', 'it expired 1.3 s ago']],
  ['expects the current value', { expect: { lr: 0.1, momentum: 0.9 } }, 0, ['applied', null]],
  ['expects nearly the current value', { expect: { lr: 0.1 + 1e-12 } }, 0, ['applied', null]],
  ['expects another value', { expect: { lr: 0.2 } }, 0, ['failed', 'expected `lr` to be 0.2, but it is 0.1']],
  [
    'expects the second of two',
    { expect: { lr: 0.1, momentum: 0.5 } },
    0,
    ['failed', 'expected `momentum` to be 0.5, but it is 0.9'],
  ],
  [
    'expects a control that does not exist',
    { expect: { lrr: 1 } },
    0,
    ['failed', '`expect` names `lrr`, which is not a control of this trainer'],
  ],
  [
    'expects a relative value',
    { expect: { lr: { mul: 1 } } },
    0,
    ['failed', '`expect` does not accept a relative value, got {"mul":1} for `lr`'],
  ],
])('a command that %s', (_name, more, wallTime, outcome) => {
  const run = memoryRun()
  run.world.wallTime = wallTime
  const kernel = createKernel({ ...run, state: toyTrainer().state, lookMs: 0 })
  run.command({ cid: 'c0', module: 'opt', op: 'set_params', params: { weight_decay: 0.1 }, ...more })
  kernel.apply({ step: 4 })
  expect(outcomes(run)).toEqual([outcome])
})

test('a command that expects a control fails if the trainer has none', () => {
  const run = memoryRun()
  const kernel = createKernel({ ...run, lookMs: 0 })
  run.command({ cid: 'c0', module: 'opt', op: 'set_params', params: { lr: 1 }, expect: { lr: 0.1 } })
  kernel.apply({ step: 4 })
  expect(outcomes(run)).toEqual([['failed', '`expect` names `lr`, which is not a control of this trainer']])
})
