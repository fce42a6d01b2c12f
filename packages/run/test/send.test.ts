import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { readCommand } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { describe as describeLine } from '../src/index.ts'
import { openRun, openRunDirectory, type Run } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'

const LR = { module: 'opt', op: 'set_params', params: { lr: 0.01 } }

function written(run: Run): readonly unknown[] {
  return readFileSync(run.path('commands'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

test('drafts are written at once, each with an id, and with the shared conditions unless a draft has its own', () => {
  const run = openRunDirectory(temporaryDirectory())
  const at = { step: 5 }
  const sent = run.send([LR, { ...LR, at: { step: 9 }, note: null }], { source: 'api', author: 'ann' }, { at })
  expect(sent).toMatchObject({ from: 0, isForeign: false, cids: [expect.any(String), expect.any(String)] })
  const head = { ts: expect.any(Number), source: 'api', author: 'ann', ...LR }
  expect(written(run)).toEqual([
    { cid: sent.cids[0], ...head, at },
    { cid: sent.cids[1], ...head, at: { step: 9 } },
  ])
  expect(written(run).every((line) => readCommand(line).ok)).toBe(true)
})

test.each([
  [{ ...LR, at: { step: -1 } }, 'command 2: `at` must be {step: whole number >= 0'],
  [{ ...LR, params: { lr: Number.NaN } }, 'command 2: '],
])('if one of several drafts is not a valid command, none is written: %j', (wrong, reason) => {
  const run = openRunDirectory(temporaryDirectory())
  expect(() => run.send([LR, wrong], { source: 'api' })).toThrow(reason)
  expect(existsSync(run.path('commands'))).toBe(false)
})

test('nothing is written to a run with a newer protocol, whatever else its document contains', () => {
  const run = openRunDirectory(temporaryDirectory())
  writeFileSync(run.path('state'), '{"protocol":2,"kernel":{"name":"k","version":"9"},"step":"x"}')
  expect(() => run.send([LR], { source: 'api' })).toThrow('this run uses protocol 2, but this hotcb supports only 1')
  expect(() => run.writeFreeze(run.freeze().state)).toThrow('this run uses protocol 2')
  expect([existsSync(run.path('commands')), existsSync(run.path('freeze'))]).toEqual([false, false])
})

describe('a foreign kernel', () => {
  const controls = [
    { param_key: 'lr', type: 'float', group: 'optimizer' },
    { param_key: 'recon', type: 'float', group: 'loss' },
  ]

  function foreignRun(): Run {
    const run = openRunDirectory(temporaryDirectory())
    writeFileSync(run.path('ledger'), '{"seq":1,"step":3,"module":"opt","op":"set_params","decision":"applied"}\n')
    writeFileSync(run.path('actuators'), JSON.stringify({ controls }))
    return run
  }

  test('is recognized by its last line, or by controls without a state document', () => {
    const run = foreignRun()
    expect(run.isForeign()).toBe(true)
    writeFileSync(run.path('ledger'), '')
    expect(run.isForeign()).toBe(true)
    writeFileSync(run.path('state'), '{"protocol":1}')
    expect(run.isForeign()).toBe(false)
    utimesSync(run.path('state'), 1, 1)
    expect(run.isForeign()).toBe(true)
  })

  test('gets commands in its own format, in the file that it reads', () => {
    const run = foreignRun()
    const { drafts, isForeign } = run.send([{ module: 'loss', op: 'set_params', params: { recon_w: 2 } }], {
      source: 'api',
    })
    expect([isForeign, drafts]).toEqual([true, [{ module: 'loss', op: 'set_params', params: { recon: 2 } }]])
    expect(written(run)).toMatchObject([{ params: { recon: 2 } }])
  })

  test.each([
    [{ ...LR, at: { step: 3 } }, 'does not support `at`, `expect` and `expires`'],
    [{ module: 'core', op: 'pause' }, 'does not support `pause`'],
    [{ module: 'opt', op: 'disable' }, 'enables or disables one control at a time'],
    [{ ...LR, params: { lr: 1, group: 'head' } }, 'would set every parameter group'],
    [
      { module: 'cb', op: 'load', id: 'a', target: { kind: 'file', path: 'a.ts', symbol: 'default' } },
      'can load only Python callbacks, not `a.ts`',
    ],
  ] as const)('does not get commands that it cannot execute: %j', (draft, reason) => {
    const run = foreignRun()
    expect(() => run.send([draft], { source: 'api' })).toThrow(
      `this run is trained by hotcb 2 in Python, which ${reason}`,
    )
    expect(existsSync(run.path('commands'))).toBe(false)
  })
})

test('the error for a wrong argument is one line that states what would be right', () => {
  const run = openRunDirectory(temporaryDirectory())
  // A JavaScript program can do this.
  const loose = run as unknown as Record<
    'document' | 'follow' | 'last' | 'send',
    (...given: readonly unknown[]) => unknown
  >
  expect(() => loose.document('stat')).toThrow('a run has no document "stat": did you mean `state`?')
  expect(() => loose.follow('ledgers')).toThrow('a run has no stream "ledgers": did you mean `ledger`?')
  expect(() => loose.last(undefined, 1)).toThrow('a run has no stream undefined: choose from commands, ledger, metrics')
  expect(() => loose.send([LR])).toThrow("`send` needs a sender, such as `{ source: 'my-tool' }`, got undefined")
  expect(() => loose.send(LR, { source: 'x' })).toThrow('`send` needs a list of commands, got an object')
  expect(() => openRun(undefined as unknown as string)).toThrow(
    '`openRun` needs the path of a run directory, got undefined',
  )
})

test('the modules of a run are the built-in ones and those that its kernel describes', () => {
  const run = openRunDirectory(temporaryDirectory())
  expect(run.modules().get('noise')).toBeUndefined()
  writeFileSync(
    run.path('actuators'),
    JSON.stringify({ modules: [{ name: 'noise', ops: [{ op: 'set', text: 'noise {x}' }] }] }),
  )
  const line = { module: 'noise', op: 'set', payload: { x: 1 } }
  expect(describeLine(line, { table: run.modules() })).toBe('noise 1')
})
