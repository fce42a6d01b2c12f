import { describe, expect, test } from 'vitest'
import {
  createCid,
  isMachine,
  type Json,
  judgeFreeze,
  moduleOfGroup,
  nearest,
  opOfEntry,
  parseFreeze,
  readAttempt,
  readMaker,
  routeParams,
  sourceOf,
} from '../src/index.ts'

describe('judgeFreeze', () => {
  const change = { module: 'opt', op: 'set_params' }

  test('allows everything while nothing is frozen', () => {
    expect(judgeFreeze('off', 'live', change)).toBe('pass')
  })

  test('stops every live change in prod, and the recipe too', () => {
    expect(judgeFreeze('prod', 'live', change)).toBe('ignored_freeze')
    expect(judgeFreeze('prod', 'recipe', change)).toBe('ignored_freeze')
  })

  test('lets only the recipe make changes while it is replayed', () => {
    for (const mode of ['replay', 'replay_adjusted'] as const) {
      expect(judgeFreeze(mode, 'recipe', change)).toBe('pass')
      expect(judgeFreeze(mode, 'live', change)).toBe('ignored_replay')
    }
  })

  test('always passes ops that steer the run itself, and those of the kernel', () => {
    for (const mode of ['prod', 'replay', 'replay_adjusted'] as const) {
      for (const op of ['freeze', 'unfreeze', 'pause', 'resume', 'stop', 'cancel']) {
        expect(judgeFreeze(mode, 'live', { module: 'core', op })).toBe('pass')
      }
      expect(judgeFreeze(mode, 'live', { module: 'core', op: 'checkpoint', params: { action: 'save' } })).toBe('pass')
      expect(judgeFreeze(mode, 'live', { module: 'core', op: 'checkpoint', params: { action: 'load' } })).not.toBe(
        'pass',
      )
      expect(judgeFreeze(mode, 'live', { module: 'core', op: 'revert' })).not.toBe('pass')
      expect(judgeFreeze(mode, 'kernel', change)).toBe('pass')
      expect(judgeFreeze(mode, 'history', change)).toBe('pass')
    }
  })
})

test('the freeze document of hotcb 2 is read, even with NaN; invalid text is refused in one line', () => {
  expect(parseFreeze('{"mode": "prod", "step_offset": null, "x": NaN}')).toEqual({
    ok: true,
    value: { mode: 'prod', recipe_path: null, adjust_path: null, policy: 'best_effort', step_offset: 0 },
  })
  expect(parseFreeze('{"mode"')).toEqual({
    ok: false,
    reason: expect.stringMatching(/^the freeze document is not JSON/),
  })
})

describe('routeParams', () => {
  const controls = new Map([
    ['recon', 'loss'],
    ['strength', 'augment'],
    ['lr', 'opt'],
  ])

  test('sorts a mixed set by module', () => {
    const routed = routeParams(
      { lr: 1e-3, kl_w: 2, 'terms.kl': true, 'ramps.kl': null, 'ramps.lr': null, recon: 1, strength: 3 },
      controls,
    )
    expect(routed.ok && Object.fromEntries(routed.value)).toEqual({
      opt: { lr: 1e-3, 'ramps.lr': null },
      loss: { kl_w: 2, 'terms.kl': true, 'ramps.kl': null, recon: 1 },
      augment: { strength: 3 },
    })
  })

  test('names the nearest known keys for an unknown one', () => {
    expect(routeParams({ wieght_decay: 1 }, controls)).toEqual({
      ok: false,
      reason: 'unknown key `wieght_decay`: did you mean `weight_decay`?',
    })
    expect(routeParams({ qqqqqqq: 1 }, controls)).toEqual({
      ok: false,
      reason: expect.stringMatching(/^unknown key `qqqqqqq`: choose from recon, strength, lr, weight_decay/),
    })
  })

  test('assigns a group to the module of its name, and `optimizer` to `opt`', () => {
    expect([moduleOfGroup('optimizer'), moduleOfGroup('augment')]).toEqual(['opt', 'augment'])
  })
})

test('nearest recognizes typing errors', () => {
  expect(nearest('rl', ['lr', 'momentum'])).toEqual(['lr'])
  expect(nearest('zzz', ['lr', 'momentum'])).toEqual([])
  expect(nearest('sched', ['scheduler_scale', 'scheduler_drop', 'lr'])).toEqual(['scheduler_drop', 'scheduler_scale'])
})

test('a command cannot claim a source that only a kernel may write', () => {
  expect(
    ['cli', 'yaml', 'replay', 'history', 'kernel', '', null, 'my-tool'].map((source) => sourceOf({ source })),
  ).toEqual(['cli', 'external', 'external', 'external', 'external', 'external', 'external', 'my-tool'])
})

test('command ids sort by time, whatever their tail', () => {
  const early = createCid(1_790_000_000_000, () => 0.999)
  const late = createCid(1_790_000_000_001, () => 0)
  expect([early.length, late.length, early < late]).toEqual([19, 19, true])
})

test('a recipe entry becomes an op with all its fields', () => {
  expect(
    opOfEntry({ at: { step: 1, event: null }, module: 'opt', op: 'set_params', id: 'main', params: { lr: 1 } }),
  ).toEqual({
    module: 'opt',
    op: 'set_params',
    id: 'main',
    params: { lr: 1 },
    target: null,
    init: null,
    enabled: null,
    source_capture: null,
  })
})

describe('readAttempt', () => {
  const attempt = (n: Json, more: object = {}) => ({
    module: 'core',
    op: 'attempt',
    decision: 'applied' as const,
    payload: { n, token: 't' },
    ...more,
  })

  test('reads the number and the token of an attempt', () => {
    expect(readAttempt(attempt(3))).toEqual({ n: 3, token: 't' })
  })

  test('finds no attempt in a line whose number is invalid, or too high for another attempt to follow', () => {
    for (const n of [null, '2', 'x', [2], {}, true, Number.NaN, Number.POSITIVE_INFINITY, 2.5, 0, -1, 1e15]) {
      expect(readAttempt(attempt(n))).toBe(null)
    }
    expect(readAttempt(attempt(3, { payload: null }))).toBe(null)
  })

  test('finds no attempt in a line of another op, or one that was not applied', () => {
    expect(readAttempt(attempt(3, { module: 'cb' }))).toBe(null)
    expect(readAttempt(attempt(3, { op: 'yaml' }))).toBe(null)
    expect(readAttempt(attempt(3, { decision: 'failed' }))).toBe(null)
  })
})

test('a maker is a machine only if that is certain: a source that only programs use, or an unknown source without author', () => {
  const machine = (source: string, author: string | null = null) => isMachine({ source, author })
  for (const source of ['trainer', 'autopilot', 'ai', 'tune', 'mcp', 'sweep', 'my-module']) {
    expect(machine(source)).toBe(true)
  }
  // The person who approved a machine's request is its author.
  expect(machine('autopilot', 'ann')).toBe(true)
  for (const source of ['cli', 'dashboard', 'api', 'external']) expect(machine(source)).toBe(false)
  expect(machine('my-tool', 'ann')).toBe(false)
  expect(isMachine(null)).toBe(false)
  expect(readMaker({ source: 'cli', author: 3 })).toEqual({ source: 'cli', author: null })
  for (const value of [null, 'cli', {}, { source: '' }, { source: 1 }]) expect(readMaker(value)).toBe(null)
})
