import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createApp } from '../../../src/server/app.ts'
import { Problem } from '../../../src/server/problem.ts'
import type { SweepThread } from '../../../src/server/sweeps/sweep-thread.ts'
import { temporaryRoot } from '../../fixture.ts'
import { type Answer, refused, type Served, serve } from './served.ts'

/** A dashboard with one sweep, `grid`. `asked` contains the requests to the sweep thread; `answers` contains its answers by kind. */
function sweeping(answers: Readonly<Record<string, unknown>> = {}, own: Partial<Served['site']> = {}) {
  const root = temporaryRoot()
  const dir = join(root, 'grid')
  mkdirSync(join(dir, '.hyperherd/logs'), { recursive: true })
  writeFileSync(join(dir, 'hyperherd.yaml'), 'name: grid\n')
  const asked: unknown[] = []
  const ask = async (place: { readonly id: string }, kind: string, question: unknown): Promise<unknown> => {
    asked.push([place.id, kind, question])
    const answer = answers[kind] ?? {}
    if (answer instanceof Error) throw answer
    return answer
  }
  const sweeps: SweepThread = { ask: ask as SweepThread['ask'], warmUp: () => undefined, close: async () => undefined }
  return { ...serve({ root, site: { sweeps, ...own } }), dir, asked }
}

const body = ({ status, body }: Answer): unknown => [status, body]

test('the sweeps are listed with their rows, and a detail says whether this server starts drivers', async () => {
  const { ask, asked } = sweeping({ row: { id: 'grid', trials: 3 }, detail: { name: 'g' } })
  expect(body(await ask('/api/sweeps'))).toEqual([200, { sweeps: [{ id: 'grid', trials: 3 }] }])
  expect(body(await ask('/api/sweeps/grid'))).toEqual([200, { name: 'g', can_drive: false }])
  expect(asked).toEqual([
    ['grid', 'row', {}],
    ['grid', 'detail', {}],
  ])
  const driving = sweeping({ detail: { name: 'g' } }, { sweepDriver: ['herd', 'drive'] })
  expect(body(await driving.ask('/api/sweeps/grid'))).toEqual([200, { name: 'g', can_drive: true }])
})

test('queries reach the thread with their defaults', async () => {
  const { ask, asked } = sweeping()
  for (const path of ['trials', 'trials?metric=loss&since=ab:3', 'decisions', 'decisions?after=12', 'lineage'])
    expect([path, body(await ask(`/api/sweeps/grid/${path}`))]).toEqual([path, [200, {}]])
  const post = async (path: string, json: unknown) => body(await ask(`/api/sweeps/grid/${path}`, { json }))
  expect(await post('curves', { trials: [1, 2] })).toEqual([200, {}])
  expect(await post('curves', { trials: [], metric: 'loss', points: 5 })).toEqual([200, {}])
  expect(await post('importance', {})).toEqual([200, {}])
  expect(await post('importance', { metric: 'loss', stage: 's', trials: [1] })).toEqual([200, {}])
  expect(await post('contour', { x: 'lr', y: 'wd', trials: null })).toEqual([200, {}])
  expect(asked.map((one) => (one as unknown[]).slice(1))).toEqual([
    ['trials', { metric: null, since: null }],
    ['trials', { metric: 'loss', since: 'ab:3' }],
    ['decisions', { after: 0 }],
    ['decisions', { after: 12 }],
    ['lineage', {}],
    ['curves', { metric: null, trials: [1, 2], points: 200 }],
    ['curves', { metric: 'loss', trials: [], points: 5 }],
    ['importance', { metric: null, stage: null, trials: null }],
    ['importance', { metric: 'loss', stage: 's', trials: [1] }],
    ['contour', { metric: null, stage: null, trials: null, x: 'lr', y: 'wd' }],
  ])
})

test('requests and settings reach the thread in the name of their author', async () => {
  const { ask, asked } = sweeping({ request: { trials: [1], note: null } }, { sweepDriver: ['herd'] })
  const post = async (path: string, json: unknown) => (await ask(`/api/sweeps/grid/${path}`, { json })).status
  const choice = { trials: [1] }
  expect(await post('requests', { want: 'stop', choice })).toBe(200)
  expect(await post('requests', { want: 'pause', choice: { all: true }, reason: 'r', author: 'ada' })).toBe(200)
  expect(await post('set', { choice, set: ['lr=1'] })).toBe(200)
  expect(await post('set', { choice, set: ['lr=1', 'wd=2'], note: 'n', author: 'ada' })).toBe(200)
  expect(await post('monitor/answers', { proposal: '1.2', verdict: 'approved' })).toBe(200)
  expect(await post('monitor/answers', { proposal: '1.2', verdict: 'rejected', author: 'ada' })).toBe(200)
  expect(asked.map((one) => (one as unknown[]).slice(1))).toEqual([
    ['request', { want: 'stop', choice, why: null, by: 'dashboard:user', driver: ['herd'] }],
    ['request', { want: 'pause', choice: { all: true }, why: 'r', by: 'dashboard:ada', driver: ['herd'] }],
    ['set', { choice, pairs: ['lr=1'], note: null, author: null }],
    ['set', { choice, pairs: ['lr=1', 'wd=2'], note: 'n', author: 'ada' }],
    ['answer', { id: '1.2', verdict: 'approved', by: 'dashboard' }],
    ['answer', { id: '1.2', verdict: 'rejected', by: 'ada' }],
  ])
  const alone = sweeping()
  await alone.ask('/api/sweeps/grid/requests', { json: { want: 'stop', choice } })
  expect(alone.asked).toMatchObject([['grid', 'request', { driver: null }]])
})

test('changes count as commands, and reading does not', async () => {
  const { ask, asked } = sweeping(
    {},
    { commandRate: { take: () => false } as unknown as Served['site']['commandRate'] },
  )
  const post = async (path: string, json: unknown) => body(await ask(`/api/sweeps/grid/${path}`, { json }))
  const slow = [429, refused('too_many', 'too many commands at once; slow down')]
  expect(await post('requests', { want: 'stop', choice: { all: true } })).toEqual(slow)
  expect(await post('set', { choice: { all: true }, set: ['lr=1'] })).toEqual(slow)
  expect(await post('monitor/answers', { proposal: '1.2', verdict: 'approved' })).toEqual(slow)
  expect(asked).toEqual([])
  expect(await post('importance', {})).toEqual([200, {}])
})

test('unknown sweeps and trials are not found, and invalid bodies are refused with the field', async () => {
  const { ask, asked } = sweeping()
  const get = async (path: string) => body(await ask(`/api/sweeps/${path}`))
  const post = async (path: string, json: unknown) => body(await ask(`/api/sweeps/${path}`, { json }))
  const long = 'x'.repeat(120)
  expect(await get('other')).toEqual([404, refused('not_found', 'sweep `other` does not exist')])
  expect(await get(long)).toEqual([404, refused('not_found', `sweep \`${'x'.repeat(100)}\` does not exist`)])
  for (const i of ['x', '-1', '1x', '1234567890', '1.5'])
    expect([i, await get(`grid/trials/${i}`)]).toEqual([
      i,
      [404, refused('not_found', `trial \`${i}\` does not exist`)],
    ])
  expect(await get(`grid/trials/${long}`)).toEqual([404, refused('not_found', `trial \`${'x'.repeat(20)}\` does not exist`)]) // biome-ignore format: one line
  expect(asked).toEqual([])
  const message = async (path: string, json: unknown) => {
    const [status, answer] = (await post(path, json)) as [number, { error: { code: string; message: string } }]
    return [status, answer.error.code, answer.error.message]
  }
  const choice = '`choice`: expected `trials` with indices, or `all: true`'
  expect(await message('grid/requests', { want: 'stop', choice: {} })).toEqual([400, 'bad_request', choice])
  expect(await message('grid/requests', { want: 'stop', choice: { all: false } })).toEqual([400, 'bad_request', choice])
  expect(await message('grid/set', { choice: { all: true }, set: ['lr'] })).toEqual([400, 'bad_request', '`set.0`: expected NAME=VALUE']) // biome-ignore format: one line
  expect(await message('grid/monitor/answers', { proposal: 'a b', verdict: 'approved' })).toEqual([400, 'bad_request', '`proposal`: expected the id of a proposal']) // biome-ignore format: one line
  const limits: readonly (readonly [path: string, bad: object, good: object])[] = [
    ['curves', { trials: [-1] }, { trials: [0] }],
    ['curves', { trials: [0.5] }, { trials: [5] }],
    ['curves', { trials: Array(501).fill(1) }, { trials: Array(500).fill(1) }],
    ['curves', { trials: [], points: 1 }, { trials: [], points: 2 }],
    ['curves', { trials: [], points: 201 }, { trials: [], points: 200 }],
    ['curves', { trials: [], metric: '' }, { trials: [], metric: 'm' }],
    ['curves', { trials: [], other: 1 }, { trials: [], metric: null }],
    ['importance', { metric: 'm'.repeat(513) }, { metric: 'm'.repeat(512) }],
    ['importance', { other: 1 }, {}],
    ['contour', { x: '', y: 'b' }, { x: 'a', y: 'b' }],
    ['contour', { x: 'a', y: 'b', other: 1 }, { x: 'a'.repeat(512), y: 'b' }],
    ['requests', { want: 'stop', choice: { trials: [] } }, { want: 'stop', choice: { trials: [0] } }],
    ['requests', { want: 'burn', choice: { all: true } }, { want: 'prune', choice: { all: true } }],
    ['requests', { want: 'stop', choice: { all: true, trials: [1] } }, { want: 'resume', choice: { trials: [1] } }],
    ['requests', { want: 'stop', choice: { all: true }, reason: 'r'.repeat(501) }, { want: 'stop', choice: { all: true }, reason: 'r'.repeat(500) }], // biome-ignore format: one line
    ['requests', { want: 'stop', choice: { all: true }, author: 'r'.repeat(129) }, { want: 'stop', choice: { all: true }, author: 'r'.repeat(128) }], // biome-ignore format: one line
    ['set', { choice: { trials: Array(2001).fill(1) }, set: ['a=1'] }, { choice: { trials: Array(2000).fill(1) }, set: ['a=1'] }], // biome-ignore format: one line
    ['set', { choice: { all: true }, set: [] }, { choice: { all: true }, set: Array(50).fill('a=1') }],
    ['set', { choice: { all: true }, set: Array(51).fill('a=1') }, { choice: { all: true }, set: ['a='] }],
    ['set', { choice: { all: true }, set: ['-a=1'] }, { choice: { all: true }, set: ['a-b=1'] }],
    ['set', { choice: { all: true }, set: ['=1'] }, { choice: { all: true }, set: ['a=1=2'] }],
    ['monitor/answers', { proposal: '1', verdict: 'maybe' }, { proposal: 'a.b-c_1', verdict: 'rejected' }],
    ['monitor/answers', { proposal: 'a'.repeat(65), verdict: 'approved' }, { proposal: 'a'.repeat(64), verdict: 'approved' }], // biome-ignore format: one line
  ]
  const status = async (path: string, json: unknown) => (await ask(`/api/sweeps/grid/${path}`, { json })).status
  for (const [path, bad, good] of limits)
    expect([path, bad, await status(path, bad), await status(path, good)]).toEqual([path, bad, 400, 200])
  for (const [
    path,
    code,
  ] of [['trials?since=x', 200], ['trials?metric=', 400], ['trials?other=1', 400], [`trials?since=${'x'.repeat(65)}`, 400], ['decisions?after=x', 400], ['decisions?after=1234567890', 400], ['decisions?after=123456789', 200]] as const) // biome-ignore format: a table
    expect([path, (await ask(`/api/sweeps/grid/${path}`)).status]).toEqual([path, code])
})

test('a trial is shown with the end of its output and errors, and null for what it never wrote', async () => {
  const { ask, dir } = sweeping({ trial: { state: 'failed', output: null, errors: null } })
  expect(body(await ask('/api/sweeps/grid/trials/4'))).toEqual([200, { state: 'failed', output: null, errors: null }])
  writeFileSync(join(dir, '.hyperherd/logs/4.out'), 'hello\n')
  writeFileSync(join(dir, '.hyperherd/logs/4.err'), 'oh\n')
  expect(body(await ask('/api/sweeps/grid/trials/4'))).toEqual([
    200,
    { state: 'failed', output: 'hello\n', errors: 'oh\n' },
  ])
})

test('the run of a trial gets an id, if it has a directory', async () => {
  const { ask, dir } = sweeping({ trial: { controllable: true } })
  expect(body(await ask('/api/sweeps/grid/trials/4/run', { json: {} }))).toEqual([
    404,
    refused('not_found', 'a run directory of trial 4 does not exist'),
  ])
  mkdirSync(join(dir, '.hyperherd/results/4'), { recursive: true })
  writeFileSync(join(dir, '.hyperherd/results/4/hotcb.run.json'), '{}')
  expect(body(await ask('/api/sweeps/grid/trials/4/run', { json: {} }))).toEqual([
    200,
    { run: 'grid~4', controllable: true },
  ])
  expect((await ask('/api/runs/grid~4')).body).toMatchObject({ row: { name: 'grid/4' } })
})

test('the monitor is shown with its plan', async () => {
  const { ask, dir } = sweeping({ monitor: { tick: 1 } })
  expect(body(await ask('/api/sweeps/grid/monitor'))).toEqual([200, { tick: 1, plan: null }])
  writeFileSync(join(dir, '.hyperherd/MONITOR_PLAN.md'), '# plan\n')
  expect(body(await ask('/api/sweeps/grid/monitor'))).toEqual([200, { tick: 1, plan: '# plan\n' }])
})

test('a long answer is compressed if the client accepts that', async () => {
  const decisions = (length: number) => ({ decisions: { trial: 'x'.repeat(length - '{"trial":""}'.length) } })
  const sent = async (length: number, accept?: string) => {
    const { site } = sweeping(decisions(length))
    const app = createApp(site, { find: () => undefined }, () => undefined)
    const headers = { host: 'localhost', ...(accept !== undefined && { 'accept-encoding': accept }) }
    const response = await app.request('/api/sweeps/grid/decisions', { headers })
    const bytes = Buffer.from(await response.arrayBuffer())
    const encoding = response.headers.get('content-encoding')
    const text = (encoding === 'gzip' ? gunzipSync(bytes) : bytes).toString()
    expect(JSON.parse(text)).toEqual(decisions(length).decisions)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('vary')).toBe('Accept-Encoding')
    return encoding
  }
  expect([await sent(2000, 'br, gzip'), await sent(1999, 'gzip'), await sent(2000, 'br'), await sent(2000)]).toEqual(['gzip', null, null, null]) // biome-ignore format: one line
})

test('a failure of the thread is returned as the answer', async () => {
  const { ask } = sweeping({ detail: new Problem(409, 'unavailable', 'not now') })
  expect(body(await ask('/api/sweeps/grid'))).toEqual([409, refused('unavailable', 'not now')])
})
