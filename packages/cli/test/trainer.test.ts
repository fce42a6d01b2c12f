import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ledgerOf } from './answerer.ts'
import { buildProgram, ended, hotcb, start, temporaryDirectory } from './program.ts'
import { buildTrainer, removeTrainer, startTrainer } from './trainer.ts'

beforeAll(async () => {
  buildProgram()
  await buildTrainer()
})

afterAll(removeTrainer)

function last<Value>(values: readonly Value[]): Value | undefined {
  return values[values.length - 1]
}

test('`set` in a second process prints the step at which a real trainer applied it, as in the ledger', async () => {
  const dir = temporaryDirectory()
  await startTrainer(dir)
  const { code, out, err } = await hotcb(['--dir', dir, 'set', 'lr=0.01', '--wait', '--note', 'warm-up is over'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/^✓ lr 0\.1 → 0\.01 at step \d+ {2}seq 2; warm-up is over\n$/)
  const line = last(ledgerOf(dir))
  expect(line).toMatchObject({
    decision: 'applied',
    payload: { lr: 0.01 },
    old: { lr: 0.1 },
    author: 'ann',
    source: 'cli',
  })
  expect(out).toContain(`at step ${line?.step} `)
})

test('every command that changes something is answered by a real trainer', async () => {
  const dir = temporaryDirectory()
  await startTrainer(dir)
  const ask = async (...words: string[]) => {
    const { code, out, err } = await hotcb(['--dir', dir, ...words, '--wait=280'])
    return [
      code,
      (out + err)
        .replace(/at step \d+/g, 'at step N')
        .replace(/ {2}seq.*/g, '')
        .trimEnd(),
    ]
  }
  expect(await ask('set', 'lr=0.02', 'aux_w=0.25')).toEqual([
    0,
    '✓ lr 0.1 → 0.02 at step N\n✓ aux_w 0.5 → 0.25 at step N',
  ])
  expect(await ask('opt', 'set_params', 'momentum=0.8', 'weight_decay=0')).toEqual([
    0,
    '✓ momentum 0.9 → 0.8, weight_decay 0.001 → 0 at step N',
  ])
  expect(await ask('loss', 'set_params', 'ce=2')).toEqual([0, '✓ ce 1 → 2 at step N'])
  expect(await ask('disable', 'lr')).toEqual([0, '✓ disable lr at step N'])
  const [refusedCode, refused] = await ask('set', 'lr=0.03')
  expect([refusedCode, refused]).toEqual([1, expect.stringMatching(/^✗ lr = 0\.03: failed at step N: .*disabled/)])
  expect(await ask('enable', 'lr')).toEqual([0, '✓ enable lr at step N'])
  expect(await ask('opt', 'disable')).toEqual([0, '✓ disable opt at step N'])
  expect(await ask('opt', 'enable')).toEqual([0, '✓ enable opt at step N'])
  expect(await ask('loss', 'disable', 'aux')).toEqual([0, '✓ disable aux at step N'])
  expect(await ask('loss', 'enable', 'aux')).toEqual([0, '✓ enable aux at step N'])
  expect(await ask('set', 'lr=0.05')).toEqual([0, '✓ lr 0.02 → 0.05 at step N'])
  expect(await ask('revert')).toEqual([0, '✓ lr 0.05 → 0.02 at step N'])
  expect((await ask('set', 'lr=1', '--expect', 'lr=7'))[0]).toBe(1)
  expect((await ask('set', 'lr=1e9'))[0]).toBe(2)
  expect((await ask('revert', '99999'))[0]).toBe(1)
  expect(await ask('pause')).toEqual([0, '✓ pause at step N'])
  expect(await ask('pause')).toEqual([0, '· pause: nothing to do at step N'])
  const { out: paused } = await hotcb(['--dir', dir, 'status'])
  expect(paused).toMatch(/trainer {2}paused at step \d+/)
  expect(await ask('set', 'lr=0.04')).toEqual([0, '✓ lr 0.02 → 0.04 at step N'])
  expect(await ask('resume')).toEqual([0, '✓ resume at step N'])
  expect(await ask('checkpoint', 'save', 'best')).toEqual([0, '✓ checkpoint save best at step N'])
  expect(readdirSync(join(dir, 'hotcb.checkpoints'))).toEqual(['best'])
  expect(await ask('checkpoint', 'load', 'best')).toEqual([0, '✓ checkpoint load best at step N'])
  expect(await ask('checkpoint', 'drop', 'best')).toEqual([
    1,
    expect.stringMatching(
      /^✗ checkpoint drop best: failed at step N: checkpoint `best` was saved by a person \(.*cli\): add `--yes`/,
    ),
  ])
  expect(await ask('checkpoint', 'drop', 'best', '--yes')).toEqual([0, '✓ checkpoint drop best at step N'])
  expect(readdirSync(join(dir, 'hotcb.checkpoints'))).toEqual([])
  expect(await ask('freeze')).toEqual([0, '✓ freeze off → prod, in effect at step N'])
  expect(await ask('set', 'lr=1')).toEqual([1, '✗ lr = 1: refused by the freeze at step N'])
  expect(await ask('unfreeze')).toEqual([0, '✓ freeze prod → off, in effect at step N'])
  expect(await ask('stop', 'enough', 'now')).toEqual([0, '✓ stop enough now at step N'])
})

test('a command for a later step is held, shown, and cancelled by the last characters of its cid', async () => {
  const dir = temporaryDirectory()
  await startTrainer(dir)
  const { out } = await hotcb(['--dir', dir, 'set', 'lr=0.01', '--at', 'step=900000', '--json'])
  const { cid } = JSON.parse(out)
  let status = { held: [] as unknown[] }
  while (status.held.length === 0) {
    status = JSON.parse((await hotcb(['--dir', dir, 'status', '--json'])).out)
  }
  expect(status.held).toEqual([
    {
      cid,
      writer: null,
      offset: 0,
      at: { step: 900_000 },
      command: { module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.01 }, note: null },
    },
  ])
  const cancelled = await hotcb(['--dir', dir, 'cancel', cid.slice(-6), '--wait=280'])
  expect(cancelled).toEqual({ code: 0, out: expect.stringContaining(`✓ cancel ${cid} at step`), err: '' })
  const again = await hotcb(['--dir', dir, 'cancel', cid, '--wait=280'])
  expect(again).toEqual({ code: 1, out: '', err: expect.stringContaining('no held command has cid') })
})

test('`--at` with `--wait` is answered at its step', async () => {
  const dir = temporaryDirectory()
  await startTrainer(dir)
  const status = async () => JSON.parse((await hotcb(['--dir', dir, 'status', '--json'])).out)
  await hotcb(['--dir', dir, 'pause', '--wait=280'])
  const step = (await status()).trainer.step + 10
  const answered = hotcb(['--dir', dir, 'set', 'lr=0.01', '--at', `step=${step}`, '--wait=280'])
  await expect.poll(async () => (await status()).held.length).toBe(1)
  await hotcb(['--dir', dir, 'resume'])
  expect((await answered).out).toMatch(new RegExp(`^✓ lr 0\\.1 → 0\\.01 at step ${step} `))
})

test('a command that waits for a trainer is answered when one starts', async () => {
  const dir = temporaryDirectory()
  await hotcb(['--dir', dir, 'init'])
  const queued = await hotcb(['--dir', dir, 'set', 'lr=0.01', '--wait'])
  expect(queued).toEqual({
    code: 3,
    out: '',
    err: expect.stringContaining('no trainer is alive: the next one will apply it'),
  })
  const trainer = await startTrainer(dir, { steps: 5 })
  await new Promise((resolve) => trainer.once('exit', resolve))
  expect(last(ledgerOf(dir))).toMatchObject({ decision: 'applied', step: 0, payload: { lr: 0.01 } })
  const { out } = await hotcb(['--dir', dir, 'status'])
  expect(out).toMatch(/trainer {2}ended at step 4, /)
})

test('a stop or a pause without a trainer reports that the next one will carry it out', async () => {
  const dir = temporaryDirectory()
  await hotcb(['--dir', dir, 'init'])
  for (const op of ['stop', 'pause']) {
    const { out } = await hotcb(['--dir', dir, op])
    expect(out).toContain(`no trainer is alive: the next one will ${op} at its first step`)
  }
})

test('cancelling an unknown `cid` prints a different message from a successful cancel', async () => {
  const dir = temporaryDirectory()
  await startTrainer(dir)
  expect(await hotcb(['--dir', dir, 'cancel', 'mistyped', '--wait=20'])).toEqual({
    code: 1,
    out: '',
    err: expect.stringMatching(
      /no command with this `cid` has arrived: .* list the waiting commands with `hotcb status`/,
    ),
  })
})

test('Ctrl-C ends the wait, reports that the command is queued, and exits with 130', async () => {
  const dir = temporaryDirectory()
  await startTrainer(dir)
  const child = start(['--dir', dir, 'set', 'lr=0.01', '--at', 'step=900000', '--wait=60'])
  const end = ended(child)
  // Once its command is in the file, it waits.
  const held = async (): Promise<number> =>
    JSON.parse((await hotcb(['--dir', dir, 'status', '--json'])).out).held.length
  await expect.poll(held).toBe(1)
  child.kill('SIGINT')
  expect(await end).toEqual({
    code: 130,
    out: '',
    err: expect.stringContaining('queued for step 900000; stopped waiting'),
  })
})

test('a killed trainer is reported', async () => {
  const dir = temporaryDirectory()
  const trainer = await startTrainer(dir)
  trainer.kill('SIGKILL')
  await new Promise((resolve) => trainer.once('exit', resolve))
  const { trainer: seen } = JSON.parse((await hotcb(['--dir', dir, 'status', '--json'])).out)
  expect(seen).toMatchObject({ closed: false, kernel: { attempt: 1, pid: trainer.pid } })
})
