import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunRow } from '../src/shared/wire.ts'
import { ask, dashboard, emptyRun, generateRun, temporaryRoot } from './fixture.ts'

test('a finished run shows the final value that its trainer recorded, a run that continues shows the newest one', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'ended'), { lines: 20 })
  generateRun(join(root, 'alone'), { lines: 20 })
  const path = join(root, 'alone', 'hotcb.run.json')
  const about = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...about, completed_at: null }))
  const site = await dashboard({ roots: [root] })
  const row = async (id: string) => ((await ask(site, `api/runs/${id}`)).body as { row: RunRow }).row
  expect(await row('ended')).toMatchObject({
    status: 'finished',
    step: 19,
    max_steps: 20,
    key_metric: { name: 'val_loss', value: 0.21, final: true },
  })
  expect((await row('alone')).key_metric).toMatchObject({ final: false, value: expect.closeTo(2.2, 0) })
})

test('a broken state document is a problem that contains the error', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 5 })
  const path = join(root, 'run', 'hotcb.state.json')
  const state = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...state, step: 'soon' }))
  const site = await dashboard({ roots: [root] })
  const { row } = (await ask(site, 'api/runs/run')).body as { row: RunRow }
  expect(row.problem).toMatch(/hotcb\.state\.json` .*`step`.*"soon"/)
})

test('every unreadable file of a run is named, not only the first', async () => {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), '{"step": 1, "metrics": {"loss": 1}}\n')
  const names = ['hotcb.commands.jsonl', 'hotcb.actuators.json', 'hotcb.features.jsonl']
  for (const name of names) mkdirSync(join(dir, name))
  const site = await dashboard({ roots: [root] })
  const { row } = (await ask(site, 'api/runs/run')).body as { row: RunRow }
  for (const name of names) expect(row.problem).toContain(name)
})
