import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeChange } from '../src/shared/describe.ts'
import type { QueuedRow } from '../src/shared/queued-row.ts'
import { askerOf, placeText, queuedText } from '../src/shared/queued-text.ts'
import { ask, dashboard, emptyRun, temporaryRoot } from './fixture.ts'

const set = (cid: string, lr: number): object => ({
  cid,
  module: 'opt',
  op: 'set_params',
  params: { lr },
  author: 'bob',
  source: 'cli',
})

test('commands that no trainer has read are listed, without those that are cancelled or answered', async () => {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  const lines = [
    set('waits', 0.1),
    set('cancelled', 0.2),
    set('answered', 0.3),
    { ...set('later', 0.4), at: { step: 900 } },
    { cid: 'c', module: 'core', op: 'cancel', params: { cid: 'cancelled', queued: true } },
  ]
  for (const line of lines) appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify(line)}\n`)
  const decided = {
    seq: 1,
    step: 1,
    module: 'opt',
    op: 'set_params',
    decision: 'applied',
    wall_time: 1,
    cid: 'answered',
  }
  appendFileSync(join(dir, 'hotcb.applied.jsonl'), `${JSON.stringify(decided)}\n`)
  const site = await dashboard({ roots: [root] })
  const { status, body } = await ask(site, 'api/runs/run/queued')
  expect(status).toBe(200)
  const command = { module: 'opt', op: 'set_params', id: 'main', author: 'bob', source: 'cli' }
  expect(body).toEqual({
    queued: [
      { cid: 'waits', held: false, command: { ...command, params: { lr: 0.1 } }, at: null },
      { cid: 'later', held: false, command: { ...command, params: { lr: 0.4 } }, at: { step: 900, event: null } },
    ],
  })
})

test('a command that the kernel holds for its step is listed with its text, until it is cancelled', async () => {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  const text = `${JSON.stringify({ ...set('held', 0.4), at: { step: 900, event: 'val_epoch_end' } })}\n`
  writeFileSync(join(dir, 'hotcb.commands.jsonl'), text)
  const lost = { cid: 'lost', writer: 'gone.jsonl', offset: 0, at: { step: 5 } }
  const kernel = { name: 'hotcb', version: '1', pid: null, host: null, attempt: 1 }
  const held = [{ cid: 'held', writer: null, offset: 0, at: { step: 900, event: 'val_epoch_end' } }, lost]
  writeFileSync(join(dir, 'hotcb.state.json'), JSON.stringify({ protocol: 1, kernel, closed: false, held }))
  const site = await dashboard({ roots: [root] })
  const queued = async () => ((await ask(site, 'api/runs/run/queued')).body as { queued: QueuedRow[] }).queued
  const rows = await queued()
  expect(rows).toEqual([
    {
      cid: 'held',
      held: true,
      command: { module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.4 }, author: 'bob', source: 'cli' },
      at: { step: 900, event: 'val_epoch_end' },
    },
    { cid: 'lost', held: true, command: null, at: { step: 5, event: null } },
  ])
  expect(rows.map((row) => [queuedText(row, describeChange), placeText(row), askerOf(row)])).toEqual([
    ['lr = 0.4', 'for step 900, val_epoch_end', 'bob'],
    ['command lost', 'for step 5', ''],
  ])
  const cancel = { cid: 'c', module: 'core', op: 'cancel', params: { cid: 'held' } }
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify(cancel)}\n`)
  expect((await queued()).map(({ cid }) => cid)).toEqual(['lost'])
})
