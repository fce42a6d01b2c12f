import { mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LaunchError, type Launcher } from '@hotcb/launch'
import { RunError } from '@hotcb/run'
import { expect, test } from 'vitest'
import { emptyRun, temporaryRoot } from '../../fixture.ts'
import { type Answer, refused, type Served, serve } from './served.ts'

const LAUNCHED = { config: 'simple', seed: 3, starts: 1 }

/** A dashboard of one run with a launcher that records its calls. */
function launching(fail?: Error, own: Partial<Served['site']> = {}) {
  const root = realpathSync(temporaryRoot())
  const dir = emptyRun(root, 'run')
  writeFileSync(join(dir, 'hotcb.commands.jsonl'), '')
  const asked: unknown[] = []
  const made = (name: string, ...rest: unknown[]): string => {
    asked.push([name, ...rest])
    if (fail !== undefined) throw fail
    writeFileSync(join(emptyRun(root, 'made'), 'hotcb.commands.jsonl'), '')
    return join(root, 'made')
  }
  const launcher = {
    choices: () => ({ choices: [{ id: 'simple' }], problems: ['a.yaml: a mistake'] }),
    look: (of: string) => (of === dir ? LAUNCHED : null),
    start: async (...rest: unknown[]) => made('start', ...rest),
    resume: async (...rest: unknown[]) => void made('resume', ...rest),
    stop: async (...rest: unknown[]) => void made('stop', ...rest),
    branch: async (...rest: unknown[]) => made('branch', ...rest),
    close: () => undefined,
    // Only what a page sees of them is checked here.
  } as unknown as Launcher
  return { ...serve({ root, site: { launcher, ...own } }), dir, asked }
}

const body = ({ status, body }: Answer): unknown => [status, body]

test('the choices are shown with their problems; without a launcher there are none', async () => {
  const { ask } = launching()
  expect(body(await ask('/api/launcher'))).toEqual([200, { choices: [{ id: 'simple' }], problems: ['a.yaml: a mistake'] }]) // biome-ignore format: one line
  const alone = launching(undefined, { launcher: undefined })
  expect(body(await alone.ask('/api/launcher'))).toEqual([200, { choices: [], problems: [] }])
  expect(body(await alone.ask('/api/runs/run/launcher'))).toEqual([200, { launched: null, checkpoints: [] }])
  const nothing = [409, refused('unavailable', 'this dashboard does not start training runs')]
  expect(body(await alone.ask('/api/launcher/start', { json: { config: 'simple' } }))).toEqual(nothing)
  for (const what of ['resume', 'stop'])
    expect(body(await alone.ask(`/api/runs/run/launcher/${what}`, { json: {} }))).toEqual(nothing)
  expect(body(await alone.ask('/api/runs/run/launcher/branch', { json: { tag: 'a' } }))).toEqual(nothing)
})

test('the values of a request reach the launcher, and a new run is shown at once', async () => {
  const { ask, asked, dir } = launching()
  const values = { max_steps: 9, max_time: 60, step_delay: 0.5 }
  const given = { maxSteps: 9, maxTimeSeconds: 60, stepDelaySeconds: 0.5 }
  const none = { maxSteps: undefined, maxTimeSeconds: undefined, stepDelaySeconds: undefined }
  const post = async (path: string, json: object) => body(await ask(`/api/${path}`, { json }))
  expect(await post('launcher/start', { config: 'simple' })).toEqual([200, { run: 'made' }])
  expect(await post('launcher/start', { config: 'simple', ...values, seed: 4, author: 'ada' })).toEqual([200, { run: 'made' }]) // biome-ignore format: one line
  const launched = { launched: LAUNCHED, checkpoints: [] }
  expect(await post('runs/run/launcher/resume', { ...values, author: 'ada' })).toEqual([200, launched])
  expect(await post('runs/run/launcher/stop', {})).toEqual([200, launched])
  expect(await post('runs/run/launcher/stop', { now: true })).toEqual([200, launched])
  expect(await post('runs/run/launcher/branch', { tag: 'step-9' })).toEqual([200, { run: 'made' }])
  expect(await post('runs/run/launcher/branch', { tag: 'a', ...values, set: ['lr=1'], author: 'ada' })).toEqual([200, { run: 'made' }]) // biome-ignore format: one line
  expect(asked).toEqual([
    ['start', 'simple', { ...none, seed: undefined }, { author: null }],
    ['start', 'simple', { ...given, seed: 4 }, { author: 'ada' }],
    ['resume', dir, given, { author: 'ada' }],
    ['stop', dir, false],
    ['stop', dir, true],
    ['branch', dir, 'step-9', { ...none, set: [] }, { author: null }],
    ['branch', dir, 'a', { ...given, set: ['lr=1'] }, { author: 'ada' }],
  ])
  expect((await ask('/api/runs/made')).status).toBe(200)
})

test('a run is shown with its process and its checkpoints', async () => {
  const { ask, dir } = launching()
  mkdirSync(join(dir, 'hotcb.checkpoints/step-9'), { recursive: true })
  writeFileSync(join(dir, 'hotcb.checkpoints/step-9/meta.json'), '{"step": 9, "seq": 1}\n')
  expect(body(await ask('/api/runs/run/launcher'))).toMatchObject([
    200,
    { launched: LAUNCHED, checkpoints: [{ tag: 'step-9', step: 9 }] },
  ])
})

test('a refusal of the launcher is returned with its message; an internal error is not shown', async () => {
  const tried = async (error: Error) => {
    const { ask, warnings } = launching(error)
    const answer = body(await ask('/api/launcher/start', { json: { config: 'simple' } }))
    return [answer, warnings.length]
  }
  expect(await tried(new LaunchError('bad-option', 'no such option'))).toEqual([[400, refused('bad_request', 'no such option')], 0]) // biome-ignore format: one line
  expect(await tried(new LaunchError('held', 'not now'))).toEqual([[409, refused('unavailable', 'not now')], 0])
  expect(await tried(new RunError('no-run', 'no run'))).toEqual([[409, refused('unavailable', 'no run')], 0])
  expect(await tried(new Error('secret'))).toEqual([[500, refused('internal', 'internal error; see the server log for details')], 1]) // biome-ignore format: one line
})

test('a start counts as ten commands, and a stop as one', async () => {
  const costs: number[] = []
  const take = (_: string, cost: number): boolean => costs.push(cost) < 0
  const { ask, asked } = launching(undefined, { commandRate: { take } as unknown as Served['site']['commandRate'] })
  for (const [path, json] of [
    ['launcher/start', { config: 'simple' }],
    ['runs/run/launcher/resume', {}],
    ['runs/run/launcher/stop', {}],
    ['runs/run/launcher/branch', { tag: 'a' }],
  ] as const) {
    const slow = [429, refused('too_many', 'too many commands at once; slow down')]
    expect(body(await ask(`/api/${path}`, { json }))).toEqual(slow)
  }
  expect([costs, asked]).toEqual([[10, 10, 1, 10], []])
})
