import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pointedAt, scriptedModel } from '../../../packages/monitor/test/scripted-model.ts'
import { sweep } from '../../../packages/monitor/test/sweeps.ts'
import { addToken } from '../src/index.ts'
import type { SweepList, SweepMonitor } from '../src/shared/sweeps/sweep-wire.ts'
import { dashboard, temporaryRoot } from './fixture.ts'

async function proposed() {
  const again = { indices: [0], force: true, reason: 'it looks lucky' }
  const model = await scriptedModel((_, count) =>
    count === 1
      ? {
          calls: [
            ['write_plan', { plan: 'Repeat the best trial.' }],
            ['msg', { text: 'All four are done.' }],
            ['run_indices', again],
          ],
        }
      : {},
  )
  const one = sweep('log_result loss 0.5 1', { monitor: pointedAt(model) })
  await one.finish()
  return one
}

test('the monitor of a sweep is shown to viewers, and operators answer its proposals', async () => {
  const one = await proposed()
  const tokens = join(temporaryRoot(), 'team.json')
  const viewer = addToken(tokens, 'vera', 'viewer').token
  const operator = addToken(tokens, 'otto', 'operator').token
  const site = await dashboard({ roots: [one.root], tokens })
  const call = async (token: string, path: string, body?: object) => {
    const answer = await fetch(`${site.url}api/${path}`, {
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: await answer.json() }
  }
  const { sweeps } = (await call(viewer, 'sweeps')).body as SweepList
  const id = encodeURIComponent(sweeps[0]?.id ?? '')
  const look = async (): Promise<SweepMonitor> => (await call(viewer, `sweeps/${id}/monitor`)).body as SweepMonitor
  expect(await look()).toMatchObject({ tick: null, living: null, plan: null, proposals: [], chat: [] })

  await one.monitor({ once: 'boot' })
  const seen = await look()
  expect(seen).toMatchObject({ tick: 1, living: null, plan: 'Repeat the best trial.\n' })
  expect(seen.chat.map(({ role, text }) => [role, text])).toContainEqual(['agent', 'All four are done.'])
  expect(seen.proposals).toMatchObject([{ tool: 'run_indices', trials: [0], answer: null }])
  const spent = Object.fromEntries(seen.spend.map(({ name, used, most }) => [name, [used, most]]))
  expect(spent).toMatchObject({ usd: [expect.any(Number), 5], calls: [2, null] })

  const proposal = seen.proposals[0]?.id
  const answers = `sweeps/${id}/monitor/answers`
  expect((await call(viewer, answers, { proposal, verdict: 'approved' })).status).toBe(403)
  expect((await call(operator, answers, { proposal: '9.9', verdict: 'approved' })).status).toBe(409)
  expect(await call(operator, answers, { proposal, verdict: 'approved' })).toMatchObject({
    status: 200,
    body: { note: expect.stringContaining('no monitor is running') },
  })
  expect((await look()).proposals).toMatchObject([{ answer: 'approved' }])
  expect((await call(operator, answers, { proposal, verdict: 'rejected' })).status).toBe(409)
  await one.monitor({ once: 'user_message', noAgent: true })
  expect(one.lines).toContain('> started trial 0')
  expect((await look()).proposals).toEqual([])
})
