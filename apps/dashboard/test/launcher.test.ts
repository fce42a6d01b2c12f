import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Trainings } from '@hotcb/launch'
import { openLauncher } from '@hotcb/launch/node'
import { expect, test } from 'vitest'
import { addToken, type Dashboard } from '../src/index.ts'
import { ask, dashboard, emptyRun, eventually, temporaryRoot } from './fixture.ts'

const TRAININGS: Trainings = {
  simple: {
    description: 'Trains nothing.',
    argv: ['false'],
    maxSteps: 500,
    stepDelaySeconds: 0.15,
    keyMetric: null,
    writesRun: false,
  },
}

async function served(root: string, tokens?: string): Promise<Dashboard> {
  const launcher = openLauncher({ roots: [root], ports: { trainings: TRAININGS } })
  return dashboard({ roots: [root], launcher, ...(tokens !== undefined && { tokens }) })
}

const START = '/api/launcher/start'

test('a request can name a training run from the list and give numbers; a command, a path and an unknown field are refused', async () => {
  const root = temporaryRoot()
  const elsewhere = temporaryRoot()
  writeFileSync(join(elsewhere, 'hotcb.launch.yaml'), 'command: [touch, pwned]\n')
  writeFileSync(join(root, 'train.yaml'), 'command: [touch, pwned]\n')
  const site = await served(root)
  const bodies: object[] = [
    { config: 'nothing' },
    { config: 'train.yaml' },
    { config: './hotcb.launch.yaml' },
    { config: join(elsewhere, 'hotcb.launch.yaml') },
    { config: 'constructor' },
    { config: '2/hotcb.launch.yaml' },
    { config: 'simple', command: ['touch', 'pwned'] },
    { config: 'simple', run_dir: '/tmp/x' },
    { config: 'simple', train_fn: 'a:b' },
    { config: 'simple', env: { PATH: '/' } },
    { config: 'simple', max_steps: 0 },
    { config: 'simple', max_steps: '10; touch pwned' },
    { config: 'simple', max_time: 0 },
    { config: 'simple', step_delay: -1 },
    { config: 'simple', seed: 0.5 },
    { config: ['simple'] },
    {},
  ]
  for (const json of bodies) expect([json, (await ask(site, START, { json })).status]).toEqual([json, 400])
  expect((await ask(site, '/api/runs')).body).toMatchObject({ runs: [] })
})

test('config files in a root are offered; one with a mistake is reported, but only to the owner', async () => {
  const root = temporaryRoot()
  writeFileSync(join(root, 'hotcb.launch.yaml'), 'config: simple\nmax_steps: 7\n')
  writeFileSync(join(root, 'hotcb.launch.secret.yaml'), 'config: simpel\n')
  const outside = join(temporaryRoot(), 'hotcb.launch.yaml')
  writeFileSync(outside, 'config: simple\n')
  symlinkSync(outside, join(root, 'hotcb.launch.link.yaml'))
  const tokens = join(temporaryRoot(), 'tokens.json')
  const owner = addToken(tokens, 'olga', 'owner').token
  const viewer = addToken(tokens, 'vera', 'viewer').token
  const site = await served(root, tokens)
  const as = (token: string): ReturnType<typeof ask> =>
    ask(site, '/api/launcher', { headers: { Authorization: `Bearer ${token}` } })
  const choices = [
    { id: 'simple', kind: 'built-in', description: 'Trains nothing.', max_steps: 500, step_delay: 0.15 },
    { id: 'hotcb.launch.yaml', kind: 'file', max_steps: 7, step_delay: 0.15 },
  ]
  const problems = [
    expect.stringContaining('hotcb.launch.link.yaml'),
    expect.stringContaining('did you mean `simple`?'),
  ]
  expect((await as(owner)).body).toMatchObject({ choices, problems })
  expect((await as(viewer)).body).toMatchObject({ choices, problems: [] })
})

const LOG = [
  { kind: 'launch', data: { options: { config: 'simple', max_steps: 9 }, seed: 3, cwd: '/' } },
  { kind: 'started', data: { pid: 4_000_000, start: null, host: null, argv: ['false'] } },
  { kind: 'ended', data: { exit_code: 3, signal: null, asked: null, leftovers: false } },
]

function writeLog(dir: string): void {
  writeFileSync(join(dir, 'hotcb.launch.jsonl'), LOG.map((line) => `${JSON.stringify(line)}\n`).join(''))
  writeFileSync(join(dir, 'hotcb.commands.jsonl'), '')
}

test('the process of a launched run is described, and impossible actions are refused in one line', async () => {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  writeLog(dir)
  mkdirSync(join(dir, 'hotcb.checkpoints/step-9'), { recursive: true })
  writeFileSync(join(dir, 'hotcb.checkpoints/step-9/meta.json'), '{"step": 9, "seq": 1}\n')
  const site = await served(root)
  expect((await ask(site, '/api/runs/run/launcher')).body).toMatchObject({
    launched: {
      config: 'simple',
      seed: 3,
      max_steps: 9,
      starts: 1,
      is_training: false,
      ended: 'failed with exit code 3',
    },
    checkpoints: [{ tag: 'step-9', step: 9 }],
  })
  expect(await ask(site, '/api/runs/run/launcher/stop', { json: {} })).toMatchObject({ status: 409 })
  const branch = '/api/runs/run/launcher/branch'
  expect(await ask(site, branch, { json: { tag: 'step-8' } })).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining('has no checkpoint `step-8`: did you mean `step-9`?') } },
  })
  expect(await ask(site, branch, { json: { tag: 'step-9', set: 'lr=1' } })).toMatchObject({ status: 400 })
  expect(await ask(site, branch, { json: { tag: 'step-9', max_steps: 20, set: ['lr'] } })).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining('`set`: ') } },
  })
  expect(await ask(site, branch, { json: { tag: '../../x' } })).toMatchObject({ status: 400 })
  expect(await ask(site, branch, { json: { tag: 'step-9' } })).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining('is at step 9, but the new run would end at step 9') } },
  })
  expect((await ask(site, '/api/runs')).body).toMatchObject({ runs: [{ id: 'run' }] })
})

test('only an owner starts, continues, stops and branches; everyone who may read sees the process', async () => {
  const root = temporaryRoot()
  writeLog(emptyRun(root, 'run'))
  const tokens = join(temporaryRoot(), 'tokens.json')
  const people = {
    viewer: addToken(tokens, 'vera', 'viewer').token,
    operator: addToken(tokens, 'otto', 'operator').token,
  }
  const site = await served(root, tokens)
  for (const [role, token] of Object.entries(people)) {
    const headers = { Authorization: `Bearer ${token}` }
    for (const [path, json] of [
      [START, { config: 'simple' }],
      ['/api/runs/run/launcher/resume', {}],
      ['/api/runs/run/launcher/stop', {}],
      ['/api/runs/run/launcher/branch', { tag: 'step-9' }],
    ] as const) {
      expect([role, path, (await ask(site, path, { json, headers })).status]).toEqual([role, path, 403])
    }
    expect((await ask(site, '/api/runs/run/launcher', { headers })).body).toMatchObject({ launched: { seed: 3 } })
  }
  const owner = addToken(tokens, 'olga', 'owner').token
  const forged = { json: { config: 'simple', author: 'otto' }, headers: { Authorization: `Bearer ${owner}` } }
  await eventually(async () => (await ask(site, '/api/me', { headers: forged.headers })).status === 200)
  expect(await ask(site, START, forged)).toMatchObject({ status: 403, body: { error: { code: 'forbidden_author' } } })
})

test('a log that is a link is not read, because it determines which program to run', async () => {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  writeLog(dir)
  renameSync(join(dir, 'hotcb.launch.jsonl'), join(root, 'elsewhere.jsonl'))
  symlinkSync(join(root, 'elsewhere.jsonl'), join(dir, 'hotcb.launch.jsonl'))
  const site = await served(root)
  expect((await ask(site, '/api/runs/run/launcher')).body).toMatchObject({ launched: null })
  for (const [what, json] of [
    ['resume', {}],
    ['stop', {}],
    ['branch', { tag: 'step-9' }],
  ] as const) {
    const { status, body } = await ask(site, `/api/runs/run/launcher/${what}`, { json })
    expect([what, status, body]).toMatchObject([
      what,
      409,
      { error: { message: '`run` was not started by a launcher of this user' } },
    ])
  }
  expect(readFileSync(join(root, 'elsewhere.jsonl'), 'utf8').split('\n')).toHaveLength(LOG.length + 1)
})

test('a dashboard without a launcher reports that, and starts nothing', async () => {
  const root = temporaryRoot()
  writeLog(emptyRun(root, 'run'))
  const site = await dashboard({ roots: [root] })
  expect((await ask(site, '/api/me')).body).toMatchObject({ has_launcher: false })
  expect((await ask(site, '/api/launcher')).body).toEqual({ choices: [], problems: [] })
  expect((await ask(site, '/api/runs/run/launcher')).body).toMatchObject({ launched: null })
  expect(await ask(site, START, { json: { config: 'simple' } })).toMatchObject({ status: 409 })
  expect(await ask(site, '/api/runs/run/launcher/resume', { json: {} })).toMatchObject({ status: 409 })
})
