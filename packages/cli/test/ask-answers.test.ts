import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { formatLedgerLine, type LedgerLine } from '@hotcb/protocol'
import { expect, test, vi } from 'vitest'
import { answerCommands, commandsOf, control, ledgerLine, stateDocument, writeRun } from './answerer.ts'
import { runHere, startHere } from './here.ts'
import { type Ended, temporaryDirectory } from './hotcb.ts'

const TERMINAL = { isTerminal: true }
const PLAIN = { isTerminal: true, unicode: false }

/** A run in which no trainer answers. Its state is that of a live trainer unless the argument changes it. */
function silentRun(state: Parameters<typeof stateDocument>[0] | null = {}): string {
  const dir = temporaryDirectory()
  writeRun(dir, {
    commands: '',
    ledger: formatLedgerLine(ledgerLine({ module: 'core', op: 'attempt' })),
    actuators: { controls: [control('lr')] },
    ...(state !== null && { state: stateDocument(state) }),
  })
  return dir
}

const plainCids = ({ code, out, err }: Ended): Ended => {
  const plain = (text: string): string => text.replace(/ {2}[0-9a-z]{15,}\n/g, '  CID\n')
  return { code, out: plain(out), err: plain(err) }
}

async function ask(dir: string, line: string, terminal = {}): Promise<Ended> {
  return plainCids(await runHere(['--dir', dir, ...line.split(' ')], { terminal }))
}

/** Returns the output for this answer of the trainer. */
async function answered(line: string, answer: Partial<LedgerLine>, terminal = {}): Promise<Ended> {
  const dir = temporaryDirectory()
  answerCommands(dir, () => answer)
  return ask(dir, `${line} --wait=30`, terminal)
}

test('an unanswered command is reported with the reason', async () => {
  expect(await ask(silentRun(), 'set lr=1')).toEqual({
    code: 0,
    out: '· lr = 1: queued  CID\n',
    err: '',
  })
  expect(await ask(silentRun(), 'set lr=1 --no-wait', PLAIN)).toEqual({
    code: 0,
    out: '- lr = 1: queued  CID\n',
    err: '',
  })
  expect(await ask(silentRun(), 'set lr=1 --wait=0.05')).toEqual({
    code: 3,
    out: '',
    err: '· lr = 1: queued; no answer within 0.05 s  CID\n',
  })
  expect(await ask(silentRun({ closed: true }), 'set lr=1')).toEqual({
    code: 0,
    out: '· lr = 1: queued; no trainer is alive: the next one will apply it  CID\n',
    err: '',
  })
  expect(await ask(silentRun({ closed: true }), 'set lr=1 --wait')).toEqual({
    code: 3,
    out: '',
    err: '· lr = 1: queued; no trainer is alive: the next one will apply it  CID\n',
  })
  expect(await ask(silentRun({ closed: true }), 'pause', TERMINAL)).toEqual({
    code: 3,
    out: '',
    err: '· pause: queued; no trainer is alive: the next one will pause at its first step  CID\n',
  })
  expect(await ask(silentRun({ closed: true }), 'stop')).toEqual({
    code: 0,
    out: '· stop: queued; no trainer is alive: the next one will stop at its first step  CID\n',
    err: '',
  })
  expect(await ask(silentRun({ closed: true }), 'stop --at 900')).toEqual({
    code: 0,
    out: '· stop: queued for step 900; no trainer is alive: the next one will apply it  CID\n',
    err: '',
  })
  expect(await ask(silentRun({ ranks: { world_size: 2, lost: 'rank 1 was killed' } }), 'set lr=1 --wait')).toEqual({
    code: 3,
    out: '',
    err: '· lr = 1: queued; the ranks of this run cannot be reached: the command will apply when the run is started again  CID\n',
  })
  expect(await ask(silentRun(), 'set lr=1 --at step=900')).toEqual({
    code: 0,
    out: '· lr = 1: queued for step 900  CID\n',
    err: '',
  })
  expect(await ask(silentRun(), 'set lr=1 --at step=900,event=val_end')).toEqual({
    code: 0,
    out: '· lr = 1: queued for step 900 (val_end)  CID\n',
    err: '',
  })
  const waiting = startHere(['--dir', silentRun(), 'set', 'lr=1', '--wait=60'])
  expect(plainCids(await waiting.interrupt())).toEqual({
    code: 130,
    out: '',
    err: '· lr = 1: queued; stopped waiting  CID\n',
  })
})

test('as JSON, an unanswered command has the reason as a word', async () => {
  const why = async (state: Parameters<typeof silentRun>[0], line: string): Promise<unknown> => {
    const { out } = await runHere(['--dir', silentRun(state), ...line.split(' '), '--json'])
    const { cid, ...rest } = JSON.parse(out)
    expect(cid).toMatch(/^\w+$/)
    return rest
  }
  expect(await why({}, 'set lr=1')).toEqual({
    module: 'opt',
    op: 'set_params',
    id: 'main',
    params: {
      lr: 1,
    },
    at: null,
    decision: null,
    queued: true,
    why: 'not_waited',
  })
  const reason = async (...asked: Parameters<typeof why>) => (await why(...asked)) as { why: string }
  expect((await reason({}, 'set lr=1 --wait=0.05')).why).toBe('no_answer')
  expect((await reason({ closed: true }, 'set lr=1')).why).toBe('not_waited')
  expect((await reason({ closed: true }, 'set lr=1 --wait')).why).toBe('no_trainer')
  expect((await reason({ ranks: { world_size: 2, lost: 'x' } }, 'set lr=1 --wait')).why).toBe('ranks_lost')
})

test("the trainer's decision is printed with its step and number", async () => {
  expect(await answered('set lr=1', { old: { lr: 0.1 } })).toEqual({
    code: 0,
    out: '✓ lr 0.1 → 1 at step 412  seq 2\n',
    err: '',
  })
  expect(await answered('set lr=1', { old: { lr: 0.1 }, step: null, notes: 'late' }, PLAIN)).toEqual({
    code: 0,
    out: 'ok lr 0.1 -> 1 before the first step  seq 2; late\n',
    err: '',
  })
  expect(await answered('set lr=1', { decision: 'failed', error: 'too high' })).toEqual({
    code: 1,
    out: '',
    err: '✗ lr = 1: failed at step 412: too high  seq 2\n',
  })
  expect(await answered('set lr=1', { decision: 'failed', error: null, step: null }, PLAIN)).toEqual({
    code: 1,
    out: '',
    err: 'x lr = 1: failed before the first step  seq 2\n',
  })
  expect(await answered('set lr=1', { decision: 'skipped_noop' })).toEqual({
    code: 0,
    out: '· lr = 1: nothing to do at step 412  seq 2\n',
    err: '',
  })
  expect(await answered('set lr=1', { decision: 'skipped_noop' }, PLAIN)).toEqual({
    code: 0,
    out: '- lr = 1: nothing to do at step 412  seq 2\n',
    err: '',
  })
  expect(await answered('set lr=1', { decision: 'rejected', error: 'no', notes: 'x' })).toEqual({
    code: 1,
    out: '',
    err: '✗ lr = 1: rejected at step 412: no  seq 2; x\n',
  })
  expect(await answered('revert', { reverts: 7, module: 'opt', op: 'set_params', payload: { lr: 1 } })).toEqual({
    code: 0,
    out: '✓ lr = 1 at step 412  seq 2, reverts 7\n',
    err: '',
  })
  expect(await answered('revert', { reverts: 7, notes: 'reverts seq 7; late' })).toEqual({
    code: 0,
    out: '✓ revert at step 412  seq 2; reverts seq 7; late\n',
    err: '',
  })
  expect(await answered('cancel abc', { notes: 'no command with this `cid` has arrived' })).toEqual({
    code: 1,
    out: '',
    err: '· cancel abc: no command with this `cid` has arrived; list the waiting commands with `hotcb status`  seq 2\n',
  })
  expect(await answered('cancel abc', { notes: 'no command with this `cid` has arrived' }, PLAIN)).toEqual({
    code: 1,
    out: '',
    err: '- cancel abc: no command with this `cid` has arrived; list the waiting commands with `hotcb status`  seq 2\n',
  })
  expect(await answered('cancel abc', { notes: 'it was held' })).toEqual({
    code: 0,
    out: '✓ cancel abc at step 412  seq 2; it was held\n',
    err: '',
  })
})

test('on a terminal, the answer is awaited', async () => {
  const dir = temporaryDirectory()
  answerCommands(dir, () => ({}))
  expect((await ask(dir, 'set lr=1', TERMINAL)).out).toBe('✓ lr = 1 at step 412  seq 2\n')
})

test('conditions that the run cannot meet are refused in a pipe, and reported on a terminal', async () => {
  const past = silentRun()
  expect(await ask(past, 'set lr=1 --at step=100')).toEqual({
    code: 2,
    out: '',
    err: 'hotcb: step 100 of `--at` has passed: the trainer is at step 412; use `--late` to send it anyway: it is then applied at the next safe point\n',
  })
  expect(commandsOf(past)).toEqual([])
  expect(await ask(past, 'set lr=1 --at step=100 --late')).toEqual({
    code: 0,
    out: '· lr = 1: queued for step 100  CID\n',
    err: '',
  })
  expect(await ask(past, 'set lr=1 --at step=100 --no-wait', TERMINAL)).toEqual({
    code: 0,
    out: '· lr = 1: queued for step 100  CID\n',
    err: 'step 100 has already passed: the command is applied now\n',
  })
  const ending = silentRun()
  writeRun(ending, { run: { max_steps: 1000 } })
  expect(await ask(ending, 'set lr=1 --at step=1000')).toEqual({
    code: 2,
    out: '',
    err: 'hotcb: step 1000 of `--at` is past the end: the run ends after step 999; use `--late` to send it anyway: it then waits until the run is trained for longer\n',
  })
  expect(commandsOf(ending)).toEqual([])
  expect(await ask(ending, 'set lr=1 --at step=1000 --late')).toEqual({
    code: 0,
    out: '· lr = 1: queued for step 1000  CID\n',
    err: '',
  })
  expect(await ask(ending, 'set lr=1 --at step=1000', TERMINAL)).toEqual({
    code: 0,
    out: '· lr = 1: queued for step 1000  CID\n',
    err: 'step 1000 is past the end: the run ends after step 999; it is queued anyway\n',
  })
  expect((await ask(ending, 'set lr=1 --at step=999')).code).toBe(0)
  expect(await ask(ending, 'set lr=1 --expect lrr=1')).toEqual({
    code: 2,
    out: '',
    err: 'hotcb: `--expect` names `lrr`, which is not a control of this run: did you mean `lr`?\n',
  })
  // Without a trainer, it is not known which steps remain.
  expect((await ask(silentRun({ closed: true, step: 500 }), 'set lr=1 --at step=100')).code).toBe(0)
})

test('an event that has not been seen is reported', async () => {
  const dir = silentRun()
  expect((await ask(dir, 'set lr=1 --at step=900,event=train_step_end')).err).toBe('')
  expect((await ask(dir, 'set lr=1 --at step=900,event=trian_step_end')).err).toEqual(
    'no event `trian_step_end` is known here: did you mean `train_step_end` or `val_step_end`?\n',
  )
  const json = await runHere(['--dir', dir, 'set', 'lr=1', '--at', 'step=900,event=trian_step_end', '--json'])
  expect(json.err).toBe('')
})

test('requests that hotcb 2 in Python does not support are refused', async () => {
  const dir = silentRun(null)
  writeRun(dir, { ledger: '{"seq":1,"step":3,"module":"opt","op":"set_params","decision":"applied"}\n' })
  expect(await ask(dir, 'set lr=1')).toEqual({
    code: 0,
    out: '· lr = 1: queued  CID\n',
    err: '',
  })
  expect(await ask(dir, 'set lr=1 --wait')).toEqual({
    code: 0,
    out: '· lr = 1: queued; this kernel does not answer by `cid`, so check the log  CID\n',
    err: '',
  })
  expect(await ask(dir, 'set lr=1 --at step=5')).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: this run is trained by hotcb 2 in Python, which does not support `--at`, `--expect` or `--expires`: nothing was written; omit them to apply the command at the next safe point\n',
  })
  expect(await ask(dir, 'freeze --wait')).toEqual({
    code: 0,
    out: '✓ freeze off → prod; this kernel applies it at its next check, without confirming it\n',
    err: '',
  })
})

test('the author is the user from the environment', async () => {
  const authorOf = async (env: NodeJS.ProcessEnv): Promise<unknown> => {
    const dir = silentRun()
    await runHere(['--dir', dir, 'set', 'lr=1'], { env: { USER: '', LOGNAME: '', USERNAME: '', ...env } })
    return commandsOf(dir)[0]?.author
  }
  expect(await authorOf({ USER: 'a', LOGNAME: 'b', USERNAME: 'c' })).toBe('a')
  expect(await authorOf({ LOGNAME: 'b', USERNAME: 'c' })).toBe('b')
  expect(await authorOf({ USERNAME: 'c' })).toBe('c')
})

/** Returns the output of `freeze` when the trainer writes this line. */
async function frozen(line: Partial<LedgerLine>, words = 'freeze', terminal: object = TERMINAL): Promise<Ended> {
  const dir = silentRun()
  const started = startHere(['--dir', dir, ...words.split(' ')], { terminal })
  await vi.waitFor(() => expect(existsSync(join(dir, 'hotcb.freeze.json'))).toBe(true), 300_000)
  const told = ledgerLine({ seq: 2, module: 'core', op: 'freeze', ...line })
  // This line is not about the freeze.
  const other = ledgerLine({ seq: 3, module: 'core', op: 'freeze', cid: 'x', step: 1 })
  appendFileSync(join(dir, 'hotcb.applied.jsonl'), formatLedgerLine(other) + formatLedgerLine(told))
  return started.ended
}

test('a freeze is confirmed by the trainer, or refused', async () => {
  expect(await frozen({})).toEqual({
    code: 0,
    out: '✓ freeze off → prod, in effect at step 412  seq 2\n',
    err: '',
  })
  expect(await frozen({ step: null }, 'freeze', PLAIN)).toEqual({
    code: 0,
    out: 'ok freeze off -> prod, in effect before the first step  seq 2\n',
    err: '',
  })
  expect(await frozen({ decision: 'failed', error: 'no recipe' })).toEqual({
    code: 1,
    out: '',
    err: '✗ freeze prod: failed: no recipe\n',
  })
  expect(await frozen({ decision: 'failed' }, 'freeze', PLAIN)).toEqual({
    code: 1,
    out: '',
    err: 'x freeze prod: failed: \n',
  })
  const json = await frozen({}, 'freeze --wait=30 --json', {})
  expect({ ...json, out: JSON.parse(json.out) }).toEqual({
    code: 0,
    out: {
      freeze: {
        mode: 'prod',
        recipe_path: null,
        adjust_path: null,
        policy: 'best_effort',
        step_offset: 0,
        author: 'ann',
      },
      was: 'off',
      changed: true,
      trainer_alive: true,
      decision: 'applied',
      step: 412,
      seq: 2,
      error: null,
    },
    err: '',
  })
})

test('a freeze is written even if it is not confirmed', async () => {
  expect(await ask(silentRun(), 'freeze')).toEqual({
    code: 0,
    out: '✓ freeze off → prod\n',
    err: '',
  })
  expect(await ask(silentRun(), 'freeze --no-wait', TERMINAL)).toEqual({
    code: 0,
    out: '✓ freeze off → prod\n',
    err: '',
  })
  expect(await ask(silentRun(), 'freeze --wait=0.05')).toEqual({
    code: 3,
    out: '✓ freeze off → prod, written; the trainer has not confirmed it yet\n',
    err: '',
  })
  expect(await ask(silentRun({ closed: true }), 'freeze --wait')).toEqual({
    code: 3,
    out: '✓ freeze off → prod; no trainer is alive; the next one will apply it\n',
    err: '',
  })
  const waiting = startHere(['--dir', silentRun(), 'freeze', '--wait=60'])
  expect(await waiting.interrupt()).toEqual({
    code: 130,
    out: '✓ freeze off → prod, written; the trainer has not confirmed it yet\n',
    err: '',
  })
})
