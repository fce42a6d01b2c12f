import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatLedgerLine, UNFROZEN } from '@hotcb/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { ledgerLine, stateDocument, writeRun } from './answerer.ts'
import { hotcb, temporaryDirectory } from './hotcb.ts'

function freezeOf(dir: string): unknown {
  return JSON.parse(readFileSync(join(dir, 'hotcb.freeze.json'), 'utf8'))
}

test('`freeze` and `unfreeze` write the document directly, without a trainer', async () => {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '', freeze: '' })
  const frozen = await hotcb(['--dir', dir, 'freeze', '--mode', 'prod'])
  expect(frozen).toEqual({
    code: 0,
    out: '✓ freeze off → prod; no trainer is alive; the next one will apply it\n',
    err: '',
  })
  expect(freezeOf(dir)).toEqual({ ...UNFROZEN, mode: 'prod', author: 'ann' })
  const again = await hotcb(['freeze', '--dir', dir])
  expect(again).toEqual({ code: 0, out: 'freeze prod is already set\n', err: '' })
  const other = await hotcb(['freeze', '--dir', dir], { env: { USER: 'bob' } })
  expect(other.out).toBe('freeze prod is already set\n')
  expect(freezeOf(dir)).toMatchObject({ author: 'ann' })
  const open = await hotcb(['--dir', dir, 'unfreeze', '--json'])
  expect(JSON.parse(open.out)).toEqual({
    freeze: { ...UNFROZEN, author: 'ann' },
    was: 'prod',
    changed: true,
    trainer_alive: false,
  })
  expect(freezeOf(dir)).toEqual({ ...UNFROZEN, author: 'ann' })
  expect(readFileSync(join(dir, 'hotcb.commands.jsonl'), 'utf8')).toBe('')
})

test('an unreadable document is repaired, and reported', async () => {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '', freeze: '{"mode":' })
  const status = await hotcb(['--dir', dir, 'status'])
  expect(status.out).toContain('freeze   prod: all changes are refused')
  expect(status.out).toContain('a trainer that starts now would apply `prod`')
  const { out } = await hotcb(['--dir', dir, 'unfreeze'])
  expect(out).toContain('unreadable → off')
  expect(freezeOf(dir)).toEqual({ ...UNFROZEN, author: 'ann' })
})

test('the answer shows when the freeze takes effect', async () => {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '', ledger: formatLedgerLine(ledgerLine()), state: stateDocument() })
  const timer = setInterval(() => {
    if (!existsSync(join(dir, 'hotcb.freeze.json'))) return
    clearInterval(timer)
    const line = ledgerLine({ seq: 2, step: 500, module: 'core', op: 'freeze', payload: { mode: 'prod' } })
    appendFileSync(join(dir, 'hotcb.applied.jsonl'), formatLedgerLine(line))
  }, 5)
  onTestFinished(() => clearInterval(timer))
  const ended = await hotcb(['--dir', dir, 'freeze', '--wait'])
  expect(ended).toEqual({ code: 0, out: '✓ freeze off → prod, in effect at step 500  seq 2\n', err: '' })
})

test('with `--wait`, a trainer that does not confirm in time gives exit code 3', async () => {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '', ledger: formatLedgerLine(ledgerLine()), state: stateDocument() })
  const ended = await hotcb(['--dir', dir, 'freeze', '--wait=0.1'])
  expect(ended).toEqual({
    code: 3,
    out: expect.stringContaining('the trainer has not confirmed it yet'),
    err: '',
  })
  expect(freezeOf(dir)).toMatchObject({ mode: 'prod' })
})

test('a directory instead of the document is reported in one clear line', async () => {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '' })
  await hotcb(['--dir', join(dir, 'hotcb.freeze.json'), 'init'])
  const ended = await hotcb(['--dir', dir, 'freeze'])
  expect(ended).toEqual({
    code: 1,
    out: '',
    err: expect.stringMatching(/^hotcb: cannot read `.*hotcb.freeze.json`: it is a directory.*\n$/),
  })
})
