import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { expect, test } from 'vitest'
import { VERSION } from '../src/server/version.ts'
import type { WireSeriesStats, WireSeriesWindow } from '../src/shared/wire.ts'
import { ask, dashboard, emptyRun, generateRun, runList, temporaryRoot } from './fixture.ts'

test('every run under a root has a row with its state', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'first'), { lines: 40, seed: 3 })
  generateRun(join(root, 'group', 'second'), { lines: 10, live: true, start: processStart(), maxSteps: 100 })
  const site = await dashboard({ roots: [root] })
  expect(await runList(site)).toMatchObject({
    complete: true,
    problems: [],
    runs: [
      {
        id: 'first',
        name: 'first',
        status: 'finished',
        step: 39,
        key_metric: { name: 'val_loss' },
        last_change: { seq: 7, text: 'checkpoint save best', decision: 'applied' },
        seed: 3,
      },
      { id: 'group~second', name: 'group/second', status: 'running', step: 9, max_steps: 100 },
    ],
  })
})

test('a window keeps the one point that differs, however few pixels are requested', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 5000, names: 1, spikes: [{ step: 3217, name: 'train_loss', value: 99 }] })
  const site = await dashboard({ dir: join(root, 'run') })
  for (const pixels of [1, 7, 100, 2000]) {
    const { body } = await ask(site, `/api/runs/run/metrics/window?name=train_loss&pixels=${pixels}`)
    const [window] = (body as { windows: WireSeriesWindow[] }).windows
    const { max = [], first_step = [], last_step = [] } = window?.buckets ?? {}
    expect(max.length).toBeLessThanOrEqual(pixels)
    expect(max.flatMap((value, i) => (value === 99 ? [[first_step[i], last_step[i]]] : []))).toEqual([
      [expect.toSatisfy((step) => step <= 3217), expect.toSatisfy((step) => step >= 3217)],
    ])
  }
})

test('a metric may have any name, and an unknown one does not make the others in its batch fail', async () => {
  const dir = emptyRun(temporaryRoot(), 'run')
  const names = ['', 'x'.repeat(5000), '__proto__', 'loss']
  // Written as text, because a JavaScript object would not keep `__proto__`.
  const metrics = names.map((name, i) => `${JSON.stringify(name)}:${i}`).join()
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), `{"step":5,"metrics":{${metrics}}}\n`)
  const site = await dashboard({ dir })
  const requests = [...names, 'missing'].map((name) => ({ name }))
  const windows = await ask(site, '/api/runs/run/metrics/windows', { json: { requests } })
  expect(
    (windows.body as { windows: WireSeriesWindow[] }).windows.map(({ name, buckets }) => [name, buckets.mean]),
  ).toEqual([...names.map((name, i) => [name, [i]]), ['missing', []]])
  const stats = await ask(site, '/api/runs/run/metrics/stats', { json: { requests } })
  expect((stats.body as { stats: WireSeriesStats[] }).stats.map(({ mean, count }) => [mean, count])).toEqual([
    ...names.map((_, i) => [i, 1]),
    [null, 0],
  ])
})

test('an invalid average is refused in one line, with the invalid value', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 3 })
  const site = await dashboard({ dir: join(root, 'run') })
  const send = (ema: object) => ask(site, '/api/runs/run/metrics/windows', { json: { requests: [{ name: 'x', ema }] } })
  for (const ema of [{ weight: 1 }, { weight: -0.1 }, { weight: 0.5, per: 'epoch' }, {}]) {
    expect(await send(ema), JSON.stringify(ema)).toMatchObject({
      status: 400,
      body: { error: { code: 'bad_request' } },
    })
  }
  expect((await send({ weight: 0.5 })).status).toBe(200)
  expect((await ask(site, '/api/runs/run/metrics/window?name=x&ema=1')).status).toBe(400)
  expect((await ask(site, '/api/runs/run/metrics/window?name=x&ema=.9&per=step')).status).toBe(200)
})

test('a command is appended completely, and the answer is only its cid', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 10 })
  writeFileSync(join(root, 'run', 'hotcb.commands.jsonl'), '{"torn')
  const site = await dashboard({ dir: join(root, 'run') })
  const answer = await ask(site, '/api/runs/run/commands', {
    json: { commands: [{ module: 'opt', op: 'set_params', params: { lr: 0.01 }, at: { step: 50 }, author: 'ada' }] },
  })
  expect(answer).toMatchObject({
    status: 200,
    body: {
      cids: [expect.any(String)],
      notes: ['no trainer shows a sign of life: the command is queued until one starts'],
    },
  })
  const lines = readFileSync(join(root, 'run', 'hotcb.commands.jsonl'), 'utf8').split('\n')
  expect(lines[0]).toBe('{"torn')
  expect(JSON.parse(lines[1] ?? '')).toEqual({
    cid: (answer.body as { cids: string[] }).cids[0],
    ts: expect.any(Number),
    source: 'dashboard',
    module: 'opt',
    op: 'set_params',
    params: { lr: 0.01 },
    at: { step: 50 },
    author: 'ada',
  })
})

test('if one of several commands is wrong, none is appended', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 10 })
  const site = await dashboard({ dir: join(root, 'run') })
  const good = { module: 'opt', op: 'set_params', params: { lr: 0.01 } }
  const { status, body } = await ask(site, '/api/runs/run/commands', {
    json: { commands: [good, { ...good, at: { step: -1 } }] },
  })
  expect([status, (body as { error: { code: string } }).error.code]).toEqual([400, 'bad_request'])
  expect(readFileSync(join(root, 'run', 'hotcb.commands.jsonl'), 'utf8')).toBe('')
})

test('freeze is written as a document that every kernel reads', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 10 })
  const site = await dashboard({ dir: join(root, 'run') })
  const { status } = await ask(site, '/api/runs/run/freeze', { method: 'PUT', json: { mode: 'prod' } })
  expect(status).toBe(200)
  expect(JSON.parse(readFileSync(join(root, 'run', 'hotcb.freeze.json'), 'utf8'))).toEqual({
    mode: 'prod',
    recipe_path: null,
    adjust_path: null,
    policy: 'best_effort',
    step_offset: 0,
  })
})

test('a run of a later protocol is shown, but cannot be changed', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 10 })
  const path = join(root, 'run', 'hotcb.state.json')
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), protocol: 2 }))
  const site = await dashboard({ dir: join(root, 'run') })
  const { status, body } = await ask(site, '/api/runs/run/commands', {
    json: { commands: [{ module: 'core', op: 'pause' }] },
  })
  expect([status, body]).toEqual([
    409,
    {
      error: {
        code: 'read_only',
        message: 'this run uses protocol 2, and this dashboard uses protocol 1: it can be read but not changed',
      },
    },
  ])
})

test('commands that another kernel would misunderstand are not sent to it, and weights have their own names', async () => {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  const control = { param_key: 'aux', type: 'float', group: 'loss', current: 1 }
  writeFileSync(join(dir, 'hotcb.actuators.json'), JSON.stringify({ controls: [control] }))
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), '{"step": 1, "metrics": {"loss": 1}}\n')
  const site = await dashboard({ dir })
  const send = (...commands: object[]) => ask(site, '/api/runs/run/commands', { json: { commands } })
  const good = { module: 'loss', op: 'set_params', params: { aux_w: 0.5 } }
  for (const command of [
    { module: 'core', op: 'pause' },
    { module: 'core', op: 'revert' },
    { module: 'opt', op: 'disable' },
    { module: 'opt', op: 'set_params', params: { lr: 1, group: 0 } },
    { ...good, at: { step: 5 } },
  ]) {
    expect(await send(good, command), JSON.stringify(command)).toMatchObject({ status: 409, body: { error: {} } })
  }
  expect(await send(good)).toMatchObject({ status: 200 })
  const lines = readFileSync(join(dir, 'hotcb.commands.jsonl'), 'utf8').split('\n')
  expect(lines.filter(Boolean).map((line) => JSON.parse(line))).toMatchObject([{ ...good, params: { aux: 0.5 } }])
})

test('the ledger comes in pages from its end, with its length', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 100 })
  const site = await dashboard({ dir: join(root, 'run') })
  const newest = (await ask(site, '/api/runs/run/ledger?limit=3')).body as { lines: { seq: number }[]; start: number }
  expect([newest.start, newest.lines.map((line) => line.seq)]).toEqual([4, [5, 6, 7]])
  const older = (await ask(site, '/api/runs/run/ledger?limit=3&before=4')).body as typeof newest
  expect([older.start, older.lines.map((line) => line.seq)]).toEqual([1, [2, 3, 4]])
})

test('the description of the API lists every route and no other', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 3 })
  // The directory is also the workspace of a sweep, so that one name serves all routes.
  writeFileSync(join(root, 'run', 'hyperherd.yaml'), 'name: run')
  mkdirSync(join(root, 'run', 'media', 'notes'), { recursive: true })
  writeFileSync(join(root, 'run', 'media', 'notes', '0.txt'), 'a text')
  const site = await dashboard({ roots: [root] })
  const { body } = await ask(site, '/api/openapi.json')
  const { paths, info } = body as { paths: Record<string, Record<string, unknown>>; info: { version: string } }
  expect(info.version).toBe(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version)
  expect(info.version).toBe(VERSION)
  for (const [path, methods] of Object.entries(paths)) {
    for (const method of Object.keys(methods)) {
      const place = path.replace('{id}', 'run').replace('{i}', '0').replace('{name}/{file}', 'notes/0.txt')
      const { status, body: answer } = await ask(site, place, { method: method.toUpperCase() })
      expect([path, method, status, JSON.stringify(answer).includes('does not exist')]).toEqual([
        path,
        method,
        expect.any(Number),
        false,
      ])
    }
  }
  expect((await ask(site, '/api/runs/run/nothing')).body).toEqual({
    error: { code: 'not_found', message: '`GET /api/runs/run/nothing` does not exist' },
  })
})

test('all points are exported as CSV, and names that look like formulas are made harmless', async () => {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), '{"step":0,"metrics":{"a,b":1,"=SUM(1)":NaN}}\ngarbage\n')
  const site = await dashboard({ dir })
  expect((await ask(site, '/api/runs/run/metrics/export')).body).toBe('step,name,value\n0,"a,b",1\n0,\'=SUM(1),\n')
})

test('a CSV file is named by its run and its metrics', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'exp-1'), { lines: 3 })
  const site = await dashboard({ roots: [root] })
  const nameOf = async (query: string): Promise<string | null> => {
    const { headers } = await ask(site, `/api/runs/exp-1/metrics/export${query}`)
    return headers.get('content-disposition')
  }
  expect(await nameOf('?name=val%2Floss')).toBe(
    `attachment; filename="exp-1-val-loss.csv"; filename*=UTF-8''exp-1-val-loss.csv`,
  )
  expect(await nameOf('?name=a&name=b&name=c')).toContain('filename="exp-1-a-and-2-more.csv"')
  expect(await nameOf('')).toContain('filename="exp-1-metrics.csv"')
  expect(await nameOf(`?name=${encodeURIComponent('потеря"\r\n')}`)).toBe(
    `attachment; filename="exp-1---.csv"; filename*=UTF-8''exp-1-${encodeURIComponent('потеря')}-.csv`,
  )
})

test('descriptors of modules without usable commands do not reach the page', async () => {
  const dir = emptyRun(temporaryRoot(), 'run')
  const noise = { name: 'noise', ops: [{ op: 'use', text: 'noise {kind}' }] }
  const unusable = [null, { name: '__proto__' }, { name: 'big', summary: 'x'.repeat(3_000_000) }]
  writeFileSync(join(dir, 'hotcb.actuators.json'), JSON.stringify({ controls: [], modules: [...unusable, noise] }))
  const site = await dashboard({ dir })
  expect(await ask(site, '/api/runs/run')).toMatchObject({ status: 200, body: { modules: [noise] } })
})
