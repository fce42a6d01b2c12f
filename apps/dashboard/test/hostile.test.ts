import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PAGES } from '../src/server/openapi-paths.ts'
import type { ServerMessage } from '../src/shared/wire.ts'
import { ask, dashboard, generateRun, listen, runList, temporaryRoot } from './fixture.ts'
import { HOSTILE_RUNS, makeHostileRuns } from './hostile-runs.ts'

interface Served {
  readonly site: Awaited<ReturnType<typeof dashboard>>
  readonly good: string
  readonly outside: string
  readonly warnings: string[]
}

/** A dashboard with all hostile runs, and a good one among them. */
async function served(): Promise<Served> {
  const top = temporaryRoot()
  const [root, outside] = [join(top, 'runs'), join(top, 'outside')]
  mkdirSync(outside)
  writeFileSync(join(outside, 'secret'), '{"step":1,"metrics":{"secret":1}}\n')
  const good = join(root, 'good')
  generateRun(good, { lines: 5 })
  makeHostileRuns(root, outside)
  const warnings: string[] = []
  const site = await dashboard({ roots: [root], config: { scan_interval: 0.1 }, warn: (line) => warnings.push(line) })
  return { site, good, outside, warnings }
}

function hasRow(message: ServerMessage, id: string, step: number): boolean {
  if (message.type !== 'data' || message.channel !== 'runs') return false
  return message.data.rows.some((row) => row.id === id && row.step === step)
}

test('each hostile run has a row with its problem, which is logged once, and all other rows stay fresh', async () => {
  const { site, good, warnings } = await served()
  const found = new Map((await runList(site)).runs.map((row) => [row.id, row.problem]))
  expect(found.get('good')).toBe(null)
  for (const { name, problem } of HOSTILE_RUNS) {
    const said = found.get(name)
    expect([name, said]).toEqual([name, problem === null ? null : expect.stringMatching(problem)])
    const lines = warnings.filter((line) => line.startsWith(`${name}: `))
    expect([name, lines.length]).toEqual([name, problem === null ? 0 : 1])
  }
  expect(warnings.filter((line) => line.includes('\n'))).toEqual([])
  const page = await listen(site)
  page.send({ type: 'subscribe', run: '', channel: 'runs' })
  for (const step of [100, 101, 102]) {
    appendFileSync(join(good, 'hotcb.metrics.jsonl'), `{"step":${step},"metrics":{"loss":1}}\n`)
    await page.until((message) => hasRow(message, 'good', step))
  }
})

test('every route answers for every hostile run, reveals nothing from outside, and writes nothing there', async () => {
  const { site, outside, warnings } = await served()
  await runList(site)
  const commands = [{ module: 'core', op: 'pause' }]
  const bodies: Record<string, object> = {
    'post /api/runs/{id}/commands': { commands },
    'put /api/runs/{id}/freeze': { mode: 'prod' },
    'post /api/runs/{id}/metrics/windows': { requests: [{ name: 'secret' }] },
  }
  const paths = PAGES.filter(({ path }) => path.startsWith('/api/runs/{id}'))
  // One run after another: a busy machine resets some of a thousand connections that are opened together.
  for (const { name } of HOSTILE_RUNS) {
    const answers = paths.map(async ({ method, path }) => {
      const json = bodies[`${method} ${path}`]
      const query = path.endsWith('/window') ? '?name=secret' : ''
      const init = json === undefined ? {} : { method: method.toUpperCase(), json }
      const { status, body } = await ask(site, path.replace('{id}', name) + query, init)
      return { method, path, status, tells: /"secret":1|"step":1,"metrics":\{"secret/.test(JSON.stringify(body)) }
    })
    for (const { method, path, status, tells } of await Promise.all(answers)) {
      expect([name, method, path, status === 500, tells]).toEqual([name, method, path, false, false])
    }
  }
  expect(readdirSync(outside)).toEqual(['secret'])
  expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('{"step":1,"metrics":{"secret":1}}\n')
  expect(warnings.filter((line) => line.includes(' at '))).toEqual([])
})

test('every stream of every hostile run can be followed, next to a run that continues', async () => {
  const { site, good } = await served()
  const page = await listen(site)
  page.send({ type: 'subscribe', run: 'good', channel: 'metrics' })
  await page.until((message) => message.type === 'data' && message.run === 'good')
  const pages = await Promise.all(HOSTILE_RUNS.map(() => listen(site)))
  for (const [i, { name }] of HOSTILE_RUNS.entries()) {
    for (const channel of ['metrics', 'ledger', 'log', 'features', 'state'] as const) {
      pages[i]?.send({ type: 'subscribe', run: name, channel })
    }
  }
  for (const step of [100, 101]) {
    appendFileSync(join(good, 'hotcb.metrics.jsonl'), `{"step":${step},"metrics":{"loss":1}}\n`)
    await page.until((message) => message.type === 'data' && JSON.stringify(message).includes(`"last_step":${step}`))
  }
  for (const [i, { name }] of HOSTILE_RUNS.entries()) {
    const state = await pages[i]?.until((message) => message.type === 'data' && message.channel === 'state')
    expect([name, state]).toMatchObject([name, { data: { row: { id: name } } }])
  }
})
