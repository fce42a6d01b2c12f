import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ask, dashboard, emptyRun, temporaryRoot } from './fixture.ts'
import { writeTunedRun } from './tuned-run.ts'

test('the tuner of a run is shown with its changes and estimates, and its suggestion is accepted once', async () => {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  writeTunedRun(dir)
  emptyRun(root, 'other')
  const site = await dashboard({ roots: [root] })
  const { body } = await ask(site, 'api/runs/run/tune')
  expect(body).toMatchObject({
    tune: {
      now: null,
      mode: 'suggest',
      counts: { all: 3, set: 2, judged: 2, accepted: 1 },
      mutations: [
        { id: 'm_00003', state: 'suggested', from: 3e-4, to: 5e-4 },
        { id: 'm_00002', state: 'rejected', judgement: { score: -0.2, putBack: 'values' } },
        { id: 'm_00001', state: 'accepted', appliedStep: 80, appliedSeq: 4 },
      ],
      beliefs: [{ knob: 'opt:lr_mult', direction: 'up', judged: 2, accepted: 1, mean: 0.5 }],
      safety: { streak: 1, isFrozen: false, canLoad: true },
    },
  })
  const accept = (id: string): ReturnType<typeof ask> =>
    ask(site, `api/runs/run/tune/${id}/accept`, { json: { author: 'ann', note: 'looks right' } })
  expect(await accept('m_00003')).toMatchObject({ status: 200, body: { id: 'm_00003', cid: 'tune-m_00003' } })
  const sent = readFileSync(join(dir, 'hotcb.commands.jsonl'), 'utf8').trim().split('\n')
  expect(sent.map((line) => JSON.parse(line))).toMatchObject([
    {
      cid: 'tune-m_00003',
      module: 'opt',
      params: { lr: 5e-4 },
      expect: { lr: 3e-4 },
      author: 'ann',
      note: 'looks right',
    },
  ])
  expect([(await accept('m_00001')).status, (await accept('m_00009')).status]).toEqual([409, 404])
})

test('a suggestion is rejected under the name of the person', async () => {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  writeTunedRun(dir)
  const site = await dashboard({ roots: [root] })
  const reject = (id: string): ReturnType<typeof ask> =>
    ask(site, `api/runs/run/tune/${id}/reject`, { json: { author: 'ann', note: 'too steep' } })
  const { status, body } = await reject('m_00003')
  expect({ status, body }).toMatchObject({ status: 200, body: { id: 'm_00003' } })
  const [line = ''] = readFileSync(join(dir, 'hotcb.commands.jsonl'), 'utf8').trim().split('\n')
  expect(JSON.parse(line)).toMatchObject({
    ...{ module: 'tune', op: 'reject', params: { m: 'm_00003' }, author: 'ann', note: 'too steep' },
  })
  expect([(await reject('m_00001')).status, (await reject('m_00009')).status]).toEqual([409, 404])
})
