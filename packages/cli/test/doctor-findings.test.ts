import { formatLedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { checkClock, checkSpace } from '../src/commands/look/doctor/directory.ts'
import { checkLedger } from '../src/commands/look/doctor/ledger.ts'
import { checkLines } from '../src/commands/look/doctor/lines.ts'
import { checkNode } from '../src/commands/look/doctor/machine.ts'
import { checkFreeze, checkTrainer } from '../src/commands/look/doctor/trainer.ts'
import { openRun } from '../src/run.ts'
import { ledgerLine, stateDocument, writeRun } from './answerer.ts'
import { runHere } from './here.ts'
import { temporaryDirectory } from './hotcb.ts'

type State = Parameters<typeof stateDocument>[0]

function newRun(files: Parameters<typeof writeRun>[1] = {}): string {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '', ...files })
  return dir
}

function inRun<Value>(dir: string, value: Value): Value {
  return JSON.parse(JSON.stringify(value).replaceAll(dir, 'RUN'))
}

test('the state of the trainer is a finding', async () => {
  const found = async (state: State): Promise<unknown> => {
    const dir = newRun({ state: stateDocument(state) })
    return inRun(dir, await checkTrainer(openRun(dir), '0.1.7'))
  }
  expect(await found({})).toEqual([
    {
      name: 'trainer',
      state: 'ok',
      says: 'alive at step 412',
    },
    {
      name: 'versions',
      state: 'ok',
      says: 'hotcb 0.1.7, kernel 0.1.0, protocol 1',
    },
  ])
  expect(await found({ step: null, paused: true })).toEqual([
    {
      name: 'trainer',
      state: 'note',
      says: 'paused before its first step',
      remedy: 'continue it with `hotcb resume`',
    },
    {
      name: 'versions',
      state: 'ok',
      says: 'hotcb 0.1.7, kernel 0.1.0, protocol 1',
    },
  ])
  expect(await found({ step: 1234, closed: true })).toEqual([
    {
      name: 'trainer',
      state: 'note',
      says: 'ended at step 1,234',
      remedy: 'start it again to continue; commands sent now will wait for it',
    },
    {
      name: 'versions',
      state: 'ok',
      says: 'hotcb 0.1.7, kernel 0.1.0, protocol 1',
    },
  ])
  expect(await found({ ranks: { world_size: 2, lost: 'rank 1 was killed' } })).toEqual([
    {
      name: 'trainer',
      state: 'problem',
      says: 'alive at step 412, but accepts no commands: rank 1 was killed',
      remedy: 'commands sent now will wait for the next start: stop it when you can, then continue it',
    },
    {
      name: 'versions',
      state: 'ok',
      says: 'hotcb 0.1.7, kernel 0.1.0, protocol 1',
    },
  ])
  expect(await found({ protocol: 9, closed: true })).toEqual([
    {
      name: 'trainer',
      state: 'note',
      says: 'ended at step 412',
      remedy: 'start it again to continue; commands sent now will wait for it',
    },
    {
      name: 'versions',
      state: 'problem',
      says: 'the trainer uses protocol 9, but this hotcb uses 1: nothing can be written',
      remedy: 'install the hotcb version that the trainer uses',
    },
  ])
  expect(await found({ kernel: { ...stateDocument().kernel, version: '0.2.0' }, closed: true })).toEqual([
    {
      name: 'trainer',
      state: 'note',
      says: 'ended at step 412',
      remedy: 'start it again to continue; commands sent now will wait for it',
    },
    {
      name: 'versions',
      state: 'note',
      says: 'hotcb 0.1.7, kernel 0.2.0, protocol 1',
      remedy: 'they are compatible; newer commands may be refused',
    },
  ])
  const fresh = newRun()
  expect(await checkTrainer(openRun(fresh), '0.1.0')).toEqual([
    {
      name: 'trainer',
      state: 'note',
      says: 'no trainer has opened this run yet',
      remedy: 'start one; commands sent now will wait for it',
    },
  ])
  writeRun(fresh, { ledger: '{"seq":1,"module":"opt","op":"set_params","decision":"applied"}\n' })
  expect(await checkTrainer(openRun(fresh), '0.1.0')).toEqual([
    {
      name: 'trainer',
      state: 'note',
      says: 'this run uses a foreign kernel, which does not report whether it is alive and does not answer by `cid`',
    },
  ])
  const torn = newRun({ state: '{"protocol":' })
  expect(inRun(torn, await checkTrainer(openRun(torn), '0.1.0'))).toMatchObject([
    { name: 'trainer', state: 'problem', remedy: 'a running trainer rewrites it within a second; otherwise delete it' },
  ])
})

test('a freeze is a note, and an unreadable one a problem', () => {
  const found = (freeze: string | object): unknown => {
    const dir = newRun({ freeze })
    return inRun(dir, checkFreeze(openRun(dir)))
  }
  expect(found({ mode: 'off' })).toEqual({ name: 'freeze', state: 'ok', says: 'off' })
  expect(found({ mode: 'prod' })).toEqual({
    name: 'freeze',
    state: 'note',
    says: 'prod: changes are refused',
    remedy: 'allow them with `hotcb unfreeze`',
  })
  expect(found('{"mode":3}')).toEqual({
    name: 'freeze',
    state: 'problem',
    says: '`RUN/hotcb.freeze.json` cannot be read: `mode` must be one of off, prod, replay, replay_adjusted, got 3: a trainer that starts now would refuse all changes',
    remedy: 'rewrite it with `hotcb freeze` or `hotcb unfreeze`',
  })
})

test("the ledger is compared with the kernel's record of it", () => {
  const text = formatLedgerLine(ledgerLine())
  const found = (state: State, ledger = text): unknown => {
    const dir = newRun({ ledger, state: stateDocument(state) })
    return inRun(dir, checkLedger(openRun(dir)))
  }
  expect(found({ ledger_bytes: text.length })).toEqual([])
  expect(found({ ledger_bytes: text.length + 1 })).toEqual([
    {
      name: 'ledger',
      state: 'problem',
      says: 'not the ledger that the kernel wrote: it was truncated from 372 to 371 bytes',
      remedy:
        'let the trainer continue with the current ledger: `hotcb doctor --accept-ledger`; the lost changes stay in effect until the next start',
    },
  ])
  expect(found({ ledger_bytes: text.length + 1, closed: true })).toEqual([
    {
      name: 'ledger',
      state: 'problem',
      says: 'not the ledger that the kernel wrote: it was truncated from 372 to 371 bytes',
      remedy: 'restore it from a copy; without one, the next start continues with the current ledger',
    },
  ])
  expect(found({ degraded: 'the disk is full' })).toEqual([
    {
      name: 'ledger',
      state: 'problem',
      says: 'no changes are accepted: the disk is full',
      remedy: 'free some space: pending lines are written as soon as possible',
    },
  ])
  expect(found({ degraded: 'it was cut: `hotcb doctor --accept-ledger` accepts it' })).toEqual([
    {
      name: 'ledger',
      state: 'problem',
      says: 'no changes are accepted: it was cut: `hotcb doctor --accept-ledger` accepts it',
      remedy:
        'let the trainer continue with the current ledger: `hotcb doctor --accept-ledger`; the lost changes stay in effect until the next start',
    },
  ])
  expect(found({ degraded: 'the disk is full', closed: true })).toEqual([])
  expect(checkLedger(openRun(newRun()))).toEqual([])
})

test('lines are counted and checked', () => {
  const found = (files: Parameters<typeof writeRun>[1]): unknown => checkLines(openRun(newRun(files)))
  expect(found({})).toEqual([
    {
      name: 'lines',
      state: 'ok',
      says: 'hotcb.commands.jsonl: 0 lines',
    },
  ])
  expect(found({ metrics: '{"step":1}\n', ledger: formatLedgerLine(ledgerLine()).repeat(2) })).toEqual([
    {
      name: 'lines',
      state: 'ok',
      says: 'hotcb.commands.jsonl: 0 lines',
    },
    {
      name: 'lines',
      state: 'ok',
      says: 'hotcb.applied.jsonl: 2 lines',
    },
    {
      name: 'lines',
      state: 'ok',
      says: 'hotcb.metrics.jsonl: 1 line',
    },
  ])
  expect(found({ metrics: '{"step":1}\n{"st', commands: '{"op":3}\n{"op":4}\n{"torn' })).toEqual([
    {
      name: 'lines',
      state: 'problem',
      says: 'hotcb.commands.jsonl: 2 lines, 2 invalid, the first at byte 0: `op` must be a non-empty string, got 3; the last one is incomplete',
      remedy: 'readers skip them; fix the program that wrote them',
    },
    {
      name: 'lines',
      state: 'note',
      says: 'hotcb.metrics.jsonl: 1 line; the last one is incomplete',
      remedy: 'a writer was interrupted or is still writing; the next writer starts a new line',
    },
  ])
})

test('space and clock are measured', () => {
  const dir = newRun()
  expect(checkSpace({ dir })).toMatchObject({
    name: 'space',
    state: 'ok',
    says: expect.stringMatching(/^\d+ [GM]B free$/),
  })
  const shifted = (seconds: number): unknown => {
    const found = checkClock({ dir }, () => Date.now() + seconds * 1000)
    return { ...found, says: found.says.replace(/\d+\.\d s/, 'N s') }
  }
  expect(shifted(0)).toEqual({
    name: 'clock',
    state: 'ok',
    says: "agrees with the file system's clock",
  })
  expect(shifted(60)).toEqual({
    name: 'clock',
    state: 'problem',
    says: "the file system's clock is N s behind this machine's: log times and `--expires ts=` are off by that much",
    remedy: 'synchronize both with NTP',
  })
  expect(shifted(-60)).toEqual({
    name: 'clock',
    state: 'problem',
    says: "the file system's clock is N s ahead of this machine's: log times and `--expires ts=` are off by that much",
    remedy: 'synchronize both with NTP',
  })
  // The check takes ten seconds.
  const times = [Date.now(), Date.now() + 10_000]
  expect(checkClock({ dir }, () => times.shift() ?? 0)).toMatchObject({ state: 'ok' })
  const says = checkClock({ dir }, () => Date.now() + 3_600_000).says
  expect(says).toMatch(/^the file system's clock is 3\d\d\d\.\d s behind this machine's/)
})

test.each<[string, 'ok' | 'problem']>([
  ['20.18.9', 'problem'],
  ['20.19.0', 'ok'],
  ['20.20.0', 'ok'],
  ['19.20.0', 'problem'],
  ['21.0.0', 'ok'],
])('Node %s is %s', (version, state) => {
  expect(checkNode(version)).toEqual({
    ...{ name: 'node', state, says: `Node ${version}${state === 'ok' ? '' : '; 20.19 or later is required'}` },
    ...(state === 'problem' && { remedy: 'install a newer version from https://nodejs.org' }),
  })
})

test('findings are printed with marks and remedies', async () => {
  const dir = newRun({ freeze: { mode: 'prod' }, commands: '{"op":3}\n' })
  const { code, out } = await runHere(['--dir', dir, 'doctor'])
  expect(code).toBe(1)
  expect(out.split('\n').slice(4)).toEqual([
    "✓ clock        agrees with the file system's clock",
    '· trainer      no trainer has opened this run yet',
    '  ↳ start one; commands sent now will wait for it',
    '· freeze       prod: changes are refused',
    '  ↳ allow them with `hotcb unfreeze`',
    '✗ lines        hotcb.commands.jsonl: 1 line, 1 invalid, the first at byte 0: `op` must be a non-empty string, got 3',
    '  ↳ readers skip them; fix the program that wrote them',
    '',
  ])
  const plain = await runHere(['--dir', dir, 'doctor'], { terminal: { unicode: false } })
  expect(plain.out.split('\n').slice(6)).toEqual([
    '  > start one; commands sent now will wait for it',
    '- freeze        prod: changes are refused',
    '  > allow them with `hotcb unfreeze`',
    'x lines         hotcb.commands.jsonl: 1 line, 1 invalid, the first at byte 0: `op` must be a non-empty string, got 3',
    '  > readers skip them; fix the program that wrote them',
    '',
  ])
  const json = await runHere(['--dir', dir, 'doctor', '--json'])
  expect(JSON.parse(json.out)).toMatchObject({ ok: false, findings: expect.any(Array) })
  writeRun(dir, { commands: '' })
  expect((await runHere(['--dir', dir, 'doctor'])).code).toBe(0)
})

test('a run is needed only if one was named', async () => {
  const cwd = temporaryDirectory()
  const here = await runHere(['doctor'], { cwd })
  expect(here.out.split('\n').slice(1)).toEqual([
    '· run   none in this directory',
    '  ↳ check one with `hotcb --dir RUN doctor`',
    '',
  ])
  expect(await runHere(['--dir', 'x', 'doctor'], { cwd })).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: the directory `x` does not exist; `hotcb --dir x init` creates it\n',
  })
  expect(await runHere(['--dir', newRun(), 'doctor', '--accept-ledger'])).toEqual({
    code: 0,
    out: 'no trainer is running; the next one will continue with the current ledger\n',
    err: '',
  })
  const json = await runHere(['--dir', newRun(), 'doctor', '--accept-ledger', '--json'])
  expect(JSON.parse(json.out)).toEqual({
    ok: true,
    says: 'no trainer is running; the next one will continue with the current ledger',
  })
  const python = await runHere(['doctor', '--python'], { cwd, env: { HOTCB_PYTHON: '/nowhere/python' } })
  expect(python.code).toBe(1)
  expect(python.out).toMatch(/✗ python {2}`\/nowhere\/python` cannot be used: /)
})
