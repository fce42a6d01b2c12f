import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ask, dashboard, emptyRun, temporaryRoot } from './fixture.ts'

const set = (cid: string, lr: number): object => ({
  cid,
  module: 'opt',
  op: 'set_params',
  params: { lr },
  author: 'bob',
})

test('commands that no trainer has taken are listed, without those that are cancelled or answered', async () => {
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
  expect(body).toEqual({
    queued: [
      { cid: 'waits', module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.1 }, author: 'bob', at: null },
      { cid: 'later', module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.4 }, author: 'bob', at: 900 },
    ],
  })
})
