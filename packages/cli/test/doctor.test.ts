import { chmodSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatLedgerLine } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { checkNode } from '../src/commands/look/doctor/machine.ts'
import { checkPython } from '../src/commands/look/doctor/python.ts'
import { ledgerLine, stateDocument, writeRun } from './answerer.ts'
import { hotcb, temporaryDirectory } from './hotcb.ts'

interface Finding {
  readonly name: string
  readonly state: string
  readonly says: string
  readonly remedy?: string
}

async function findings(dir: string): Promise<{ code: number | null; found: readonly Finding[] }> {
  const { code, out } = await hotcb(['--dir', dir, 'doctor', '--json'])
  return { code, found: JSON.parse(out).findings }
}

describe('problems of a Python environment are found', () => {
  /** Creates an interpreter that answers the probe with this object. */
  function interpreter(told: object): string {
    const path = join(temporaryDirectory(), 'python')
    writeFileSync(path, `#!/bin/sh\necho '${JSON.stringify(told)}'\n`)
    chmodSync(path, 0o755)
    return path
  }
  const whole = { python: [3, 11, 7], bridge: '0.1.0', torch: '2.15.0+cpu', node: 'v20.20.2 at /usr/bin/node' }

  test('none if nothing is missing', () => {
    const found = checkPython(interpreter(whole))
    expect(found.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'python ok',
      'hotcb_bridge ok',
      'hotcb_bridge node ok',
      'torch ok',
    ])
  })

  test.each<[object, string, string]>([
    [{ python: [3, 8, 18] }, 'python', 'Python 3.8.18; 3.9 or later is required'],
    [{ bridge: null, node: null }, 'hotcb_bridge', 'not installed for'],
    [{ node: null, trouble: 'hotcb needs Node 20.19' }, 'hotcb_bridge node', 'hotcb needs Node 20.19'],
    [{ torch: null }, 'torch', 'not installed for'],
    [{ runtimectl: '0.1.0' }, 'runtimectl', 'version 0.1.0 comes from a different package'],
    [{ torch: '1.13.1' }, 'torch', '1.13.1; 2.0 or later is required'],
  ])('%j', (lacking, name, says) => {
    const problems = checkPython(interpreter({ ...whole, ...lacking })).filter(({ state }) => state === 'problem')
    expect(problems).toMatchObject([{ name, says: expect.stringContaining(says), remedy: expect.stringMatching(/./) }])
  })

  test('an interpreter that cannot be started is one problem, and the demo refuses it in one line', async () => {
    expect(checkPython('/nowhere/python')).toMatchObject([{ name: 'python', state: 'problem' }])
    const { code, out, err } = await hotcb(['demo', '--python'], { env: { HOTCB_PYTHON: '/nowhere/python' } })
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/^hotcb: python: `\/nowhere\/python` cannot be used: .*\n$/)
  })

  test('an option for the built-in training runs cannot be combined with --python', async () => {
    const { code, err } = await hotcb(['demo', '--python', '--ranks', '2'])
    expect([code, err]).toEqual([2, 'hotcb: `--ranks` and `--python` cannot be combined\n'])
  })
})

describe('each problem is listed with its remedy', () => {
  test.each<[string, (dir: string) => void, Finding]>([
    [
      'a dead trainer',
      (dir) => {
        const kernel = { name: 'k', version: '0.1.0', pid: 1, host: 'elsewhere', attempt: 1, start: null }
        writeRun(dir, { state: stateDocument({ kernel }) })
        utimesSync(join(dir, 'hotcb.state.json'), 1, Date.now() / 1000 - 155)
      },
      {
        name: 'trainer',
        state: 'problem',
        says: expect.stringMatching(/^no sign of life for 3 min; last at step 412$/),
        remedy: expect.stringContaining('start it again'),
      },
    ],
    [
      'a dead trainer, if the file clock was set back since',
      (dir) => {
        const kernel = { name: 'k', version: '0.1.0', pid: 1, host: 'elsewhere', attempt: 1, start: null }
        writeRun(dir, { state: stateDocument({ kernel }) })
        utimesSync(join(dir, 'hotcb.state.json'), 1, Date.now() / 1000 + 3600)
      },
      {
        name: 'trainer',
        state: 'problem',
        says: expect.stringMatching(/^no sign of life for [\d.]+ s; last at step 412$/),
        remedy: expect.stringContaining('start it again'),
      },
    ],
    [
      'a trainer with slow steps, if that clock was set back',
      (dir) => {
        const kernel = { name: 'k', version: '0.1.0', pid: 1, host: 'elsewhere', attempt: 1, start: null }
        writeRun(dir, { state: stateDocument({ kernel, step_seconds: 60 }) })
        utimesSync(join(dir, 'hotcb.state.json'), 1, Date.now() / 1000 + 3600)
      },
      {
        name: 'trainer',
        state: 'note',
        says: expect.stringMatching(/^unknown whether it is alive: .* a time in the future .*; last at step 412$/),
        remedy: 'check again in 3 min',
      },
    ],
    [
      'a trainer that was killed',
      (dir) => {
        const { kernel } = stateDocument()
        writeRun(dir, {
          state: stateDocument({ kernel: { ...kernel, start: kernel.start?.replace(/\d+$/, '1') ?? null } }),
        })
      },
      {
        name: 'trainer',
        state: 'problem',
        says: `no sign of life: its process ${process.pid} is gone; last at step 412`,
        remedy: expect.stringContaining('start it again'),
      },
    ],
    [
      'an incomplete state document',
      (dir) => writeRun(dir, { state: '{"protocol":' }),
      { name: 'trainer', state: 'problem', says: expect.stringContaining('is not JSON'), remedy: expect.any(String) },
    ],
    [
      'a higher protocol',
      (dir) => writeRun(dir, { state: stateDocument({ protocol: 9 }) }),
      {
        name: 'versions',
        state: 'problem',
        says: 'the trainer uses protocol 9, but this hotcb uses 1: nothing can be written',
        remedy: expect.any(String),
      },
    ],
    [
      'an incomplete line',
      (dir) => writeRun(dir, { ledger: `${formatLedgerLine(ledgerLine())}{"seq":2,` }),
      {
        name: 'lines',
        state: 'note',
        says: 'hotcb.applied.jsonl: 1 line; the last one is incomplete',
        remedy: expect.stringContaining('starts a new line'),
      },
    ],
    [
      'invalid lines',
      (dir) => writeRun(dir, { commands: '{"op":"enable"}\n{"op":3}\nnonsense\n' }),
      {
        name: 'lines',
        state: 'problem',
        says: 'hotcb.commands.jsonl: 3 lines, 2 invalid, the first at byte 16: `op` must be a non-empty string, got 3',
        remedy: expect.any(String),
      },
    ],
    [
      'an unreadable freeze document',
      (dir) => writeRun(dir, { freeze: '{"mode":"shut"}' }),
      {
        name: 'freeze',
        state: 'problem',
        says: expect.stringContaining('would refuse all changes'),
        remedy: expect.stringContaining('`hotcb unfreeze`'),
      },
    ],
    [
      'a freeze',
      (dir) => writeRun(dir, { freeze: { mode: 'prod' } }),
      { name: 'freeze', state: 'note', says: 'prod: changes are refused', remedy: 'allow them with `hotcb unfreeze`' },
    ],
    [
      'a pause',
      (dir) => writeRun(dir, { state: stateDocument({ paused: true }) }),
      { name: 'trainer', state: 'note', says: 'paused at step 412', remedy: 'continue it with `hotcb resume`' },
    ],
    [
      'lost ranks',
      (dir) => writeRun(dir, { state: stateDocument({ ranks: { world_size: 2, lost: 'rank 1 was killed' } }) }),
      {
        name: 'trainer',
        state: 'problem',
        says: 'alive at step 412, but accepts no commands: rank 1 was killed',
        remedy: expect.stringContaining('wait for the next start'),
      },
    ],
    [
      'another kernel',
      (dir) => writeRun(dir, { ledger: '{"seq":1,"module":"opt","op":"set_params","decision":"applied"}\n' }),
      { name: 'trainer', state: 'note', says: expect.stringContaining('this run uses a foreign kernel') },
    ],
  ])('%s', async (_title, spoil, finding) => {
    const dir = temporaryDirectory()
    writeRun(dir, { commands: '' })
    spoil(dir)
    const { code, found } = await findings(dir)
    expect(found).toContainEqual(finding)
    expect(code).toBe(found.some(({ state }) => state === 'problem') ? 1 : 0)
  })

  test('an old Node', () => {
    expect(checkNode('20.18.3')).toMatchObject({ state: 'problem', says: 'Node 20.18.3; 20.19 or later is required' })
    expect(['20.19.0', '22.1.0', '24.0.0'].map((version) => checkNode(version).state)).toEqual(['ok', 'ok', 'ok'])
  })
})

test('without a run only the machine is checked; a named run must exist', async () => {
  const dir = temporaryDirectory()
  const here = await hotcb(['doctor'], { cwd: dir })
  expect(here).toEqual({ code: 0, out: expect.stringContaining('none in this directory'), err: '' })
  writeFileSync(join(dir, 'file'), '')
  const there = await hotcb(['--dir', join(dir, 'file'), 'doctor'])
  expect(there.code).toBe(1)
})
