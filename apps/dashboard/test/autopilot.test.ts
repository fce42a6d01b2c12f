import { appendFileSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ask, dashboard, generateRun, temporaryRoot } from './fixture.ts'

const COMMAND = {
  cid: 'ap-a1-1',
  module: 'core',
  op: 'pause',
  expires: { ts: 4e9 },
}

/** A run in which an autopilot, which has ended, proposed a pause. */
function proposedRun(root: string): string {
  const dir = join(root, 'run')
  generateRun(dir, { lines: 5 })
  const empty = { by: null, decision: null, seq: null, ts: 1, step: 3, source: 'autopilot', n: 1 }
  const begin = { ...empty, action_id: 'a1-0', kind: 'begin', reason: 'mode suggest', metric: 'loss' }
  const holder = { token: 't', host: 'elsewhere', pid: 1, start: 'x', engine: 'autopilot' }
  const proposed = {
    ...empty,
    action_id: 'a1-1',
    kind: 'proposed',
    rule_id: 'mine',
    reason: 'loss is high',
    command: COMMAND,
  }
  const lines = [
    { ...begin, data: holder },
    { ...proposed, cid: COMMAND.cid, data: { plan: [], auto: false } },
    { ...begin, kind: 'end', reason: null, data: { token: 't' } },
  ]
  appendFileSync(join(dir, 'hotcb.autopilot.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return dir
}

function commandsOf(dir: string): unknown[] {
  const path = join(dir, 'hotcb.commands.jsonl')
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
  return lines.filter(Boolean).map((line) => JSON.parse(line))
}

const json = (method: string, body: object): { method: string; body: string; headers: Record<string, string> } => ({
  method,
  body: JSON.stringify(body),
  headers: { 'Content-Type': 'application/json' },
})

test('a proposal is shown and approved once; the second answer is refused with the name of the first', async () => {
  const root = temporaryRoot()
  const dir = proposedRun(root)
  const site = await dashboard({ roots: [root] })
  const before = commandsOf(dir).length
  expect((await ask(site, 'api/runs/run/proposals')).body).toMatchObject({
    proposals: [{ id: 'a1-1', state: 'open', because: 'loss is high' }],
    frozen: null,
  })
  const answer = json('POST', { verdict: 'approve', author: 'ann', note: 'yes' })
  expect(await ask(site, 'api/runs/run/proposals/a1-1', answer)).toMatchObject({
    status: 200,
    body: { id: 'a1-1', verdict: 'approve', cid: 'ap-a1-1' },
  })
  expect(commandsOf(dir).slice(before)).toMatchObject([
    { cid: 'ap-a1-1', op: 'pause', source: 'dashboard', author: 'ann' },
  ])
  const again = await ask(site, 'api/runs/run/proposals/a1-1', json('POST', { verdict: 'reject', author: 'bob' }))
  expect([again.status, again.body]).toMatchObject([
    409,
    { error: { message: '`a1-1` has already been answered: approved by ann, waiting for the trainer' } },
  ])
  expect((await ask(site, 'api/runs/run/proposals')).body).toMatchObject({ proposals: [] })
  expect((await ask(site, 'api/runs/run/actions')).body).toMatchObject({
    actions: [{ id: 'a1-1', state: 'queued', by: 'ann' }],
    more: false,
  })
})

test('an unknown proposal and an invalid answer are refused', async () => {
  const root = temporaryRoot()
  proposedRun(root)
  const site = await dashboard({ roots: [root] })
  expect((await ask(site, 'api/runs/run/proposals/a9-9', json('POST', { verdict: 'approve' }))).status).toBe(404)
  expect((await ask(site, 'api/runs/run/proposals/a1-1', json('POST', { verdict: 'maybe' }))).status).toBe(400)
  expect((await ask(site, 'api/runs/run/actions?before=a9-9')).status).toBe(404)
})

test('the autopilot of a run is shown with its rules; mode and rules are written to its config', async () => {
  const root = temporaryRoot()
  const dir = proposedRun(root)
  const site = await dashboard({ roots: [root] })
  const { body } = await ask(site, 'api/runs/run/autopilot')
  expect(body).toMatchObject({
    holder: { engine: 'autopilot', host: 'elsewhere', isAlive: false },
    mode: 'suggest',
    keyMetric: 'loss',
    open: 1,
    trouble: null,
  })
  expect((body as { rules: { id: string }[] }).rules.map(({ id }) => id)).toContain('plateau_lr_reduce')
  expect((await ask(site, 'api/runs/run/autopilot/mode', json('PUT', { mode: 'auto' }))).body).toEqual({
    mode: 'auto',
    cid: null,
  })
  const off = await ask(site, 'api/runs/run/autopilot/rules/plateau_lr_reduce', json('PUT', { enabled: false }))
  expect(off.status).toBe(200)
  expect(readFileSync(join(dir, 'hotcb.autopilot.yaml'), 'utf8')).toBe('mode: auto\ndisabled: ["plateau_lr_reduce"]\n')
  const unknown = await ask(site, 'api/runs/run/autopilot/rules/plateau', json('PUT', { enabled: false }))
  expect(unknown.status).toBe(404)
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), 'mode: [')
  expect((await ask(site, 'api/runs/run/autopilot')).body).toMatchObject({
    trouble: expect.stringMatching(/^hotcb.autopilot.yaml:\d+:1: /),
    rules: [],
  })
})

test('the language model of a run is shown with its price, its budget and its prompt; nothing is sent', async () => {
  const root = temporaryRoot()
  const dir = proposedRun(root)
  writeFileSync(
    join(dir, 'hotcb.autopilot.yaml'),
    'ai: {model: mine, prices: {mine: {input: 1, output: 2}}, budget: {usd: 3}}\n',
  )
  const site = await dashboard({
    roots: [root],
    env: { XDG_STATE_HOME: join(root, 'state'), HOTCB_AI_KEY: 'sk-marker-7' },
  })
  const { body, status } = await ask(site, 'api/runs/run/autopilot/ai')
  expect([status, body]).toMatchObject([
    200,
    { model: 'mine', price: { input: 1, output: 2 }, pricesDated: null, limits: { nano: 3e9 }, decisions: [] },
  ])
  const prompt = await ask(site, 'api/runs/run/autopilot/ai/prompt', json('POST', {}))
  expect([prompt.status, prompt.body]).toMatchObject([
    200,
    { user: expect.stringContaining('## State'), most: { nanoUsd: expect.any(Number) } },
  ])
  expect(JSON.stringify([body, prompt.body])).not.toContain('sk-marker-7')
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), 'ai: {base_url: "https://models.invalid/v1", model: strange}\n')
  const unknown = await ask(site, 'api/runs/run/autopilot/ai')
  expect([unknown.status, unknown.body]).toMatchObject([
    400,
    { error: { message: /^no price is known for the model `strange`/ } },
  ])
})

test('an AI mode is written to the config of a run', async () => {
  const root = temporaryRoot()
  const dir = proposedRun(root)
  const site = await dashboard({ roots: [root] })
  const { body } = await ask(site, 'api/runs/run/autopilot/mode', json('PUT', { mode: 'ai_suggest' }))
  expect([body, readFileSync(join(dir, 'hotcb.autopilot.yaml'), 'utf8')]).toEqual([
    { mode: 'ai_suggest', cid: null },
    'mode: ai_suggest\n',
  ])
})

test('no link in a run can make an answer contain files from outside the served directories', async () => {
  const root = temporaryRoot()
  const dir = proposedRun(root)
  const outside = join(temporaryRoot(), 'elsewhere.yaml')
  writeFileSync(outside, 'mode: off\n')
  symlinkSync(outside, join(dir, 'hotcb.autopilot.yaml'))
  const site = await dashboard({ roots: [root] })
  const { status } = await ask(site, 'api/runs/run/autopilot/mode', json('PUT', { mode: 'auto' }))
  expect((await ask(site, 'api/runs/run/autopilot/ai')).status).toBe(403)
  expect([status, readFileSync(outside, 'utf8')]).toEqual([403, 'mode: off\n'])
})
