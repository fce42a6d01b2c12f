import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addToken } from '../src/index.ts'
import type { SavedView } from '../src/shared/labels.ts'
import type { TablePage, TableQuery } from '../src/shared/table/table-wire.ts'
import { ask, dashboard, eventually, generateRun, temporaryRoot } from './fixture.ts'

type Site = Awaited<ReturnType<typeof dashboard>>

async function page(site: Site, query: TableQuery = {}): Promise<TablePage> {
  const { body, status } = await ask(site, 'api/table', { json: query })
  expect(status).toBe(200)
  return body as TablePage
}

function names({ rows }: TablePage): readonly string[] {
  return rows.map(({ row }) => row.name)
}

function runs(count: number): string {
  const root = temporaryRoot()
  for (let i = 0; i < count; i++) generateRun(join(root, `run-${i}`), { lines: 20 + i, seed: i + 1, names: 4 })
  return root
}

/** Whether all rows have been read. A row whose first read is slow does not count as unread. */
function isRead({ unread, rows }: TablePage): boolean {
  return unread === 0 && rows.every(({ row }) => row.updated > 0)
}

test('a page of the table has its rows in order, and the total number of runs', async () => {
  const site = await dashboard({ roots: [runs(12)] })
  const first = await page(site, { sort: 'name', limit: 3 })
  expect([first.total, first.found, names(first)]).toEqual([12, 12, ['run-0', 'run-1', 'run-2']])
  expect(names(await page(site, { sort: '-name', offset: 1, limit: 2 }))).toEqual(['run-10', 'run-9'])
})

test('columns are parameters and metrics, and filters compare them', async () => {
  const site = await dashboard({ roots: [runs(4)] })
  const columns = ['p:lr', 'p:seed', 'm:val_loss:max', 'm:val_loss:min', 'm:lr:max']
  const full = await eventually(async () => {
    const found = await page(site, { columns, sort: 'name' })
    return isRead(found) && found.rows.every(({ cells }) => cells[3] !== null) ? found : undefined
  })
  for (const { cells } of full.rows) {
    expect(cells[0]).toBe(0.0003)
    expect(Number(cells[3])).toBeLessThanOrEqual(Number(cells[2]))
    expect(cells[4]).toBe(0.001)
  }
  expect(names(await page(site, { filter: 'seed>=3', sort: 'name' }))).toEqual(['run-2', 'run-3'])
  expect(names(await page(site, { filter: 'not:seed=1 seed<3' }))).toEqual(['run-1'])
  const { body } = await ask(site, 'api/table/columns')
  expect(body).toMatchObject({
    params: expect.arrayContaining(['lr', 'seed']),
    metrics: expect.arrayContaining(['lr']),
  })
})

test('an answer that has not changed is not sent again', async () => {
  const site = await dashboard({ roots: [runs(2)] })
  const seen = await eventually(async () => {
    const found = await page(site)
    return isRead(found) ? found : undefined
  })
  expect(await page(site, { version: seen.version })).toMatchObject({ unchanged: true, rows: [] })
  await ask(site, 'api/labels', { json: { runs: ['run-0'], star: true } })
  expect(await page(site, { version: seen.version })).toMatchObject({ unchanged: false, found: 2 })
})

test('labels are in one document in the root, and no run is moved', async () => {
  const root = runs(3)
  const site = await dashboard({ roots: [root] })
  const change = { runs: ['run-1', 'run-2'], add_tags: ['good', 'keep'], notes: 'best so far', name: 'Ada’s run' }
  expect((await ask(site, 'api/labels', { json: change })).status).toBe(200)
  await ask(site, 'api/labels', { json: { runs: ['run-1'], remove_tags: ['keep'], pin: true } })
  await ask(site, 'api/labels', { json: { runs: ['run-2'], archived: true } })
  const { runs: written } = JSON.parse(readFileSync(join(root, 'hotcb.labels.json'), 'utf8'))
  expect(written['run-1']).toMatchObject({ tags: ['good'], notes: 'best so far', pin: true, name: 'Ada’s run' })
  expect(existsSync(join(root, 'run-2', 'hotcb.metrics.jsonl'))).toBe(true)
  expect(names(await page(site, { sort: 'name' }))).toEqual(['run-1', 'run-0'])
  expect(names(await page(site, { filter: 'is:archived' }))).toEqual(['run-2'])
  expect(names(await page(site, { filter: 'tag:good' }))).toEqual(['run-1'])
  const grouped = await page(site, { group: 'tags', filter: 'not:is:archived' })
  expect(grouped.groups).toEqual([
    { value: 'good', count: 1 },
    { value: null, count: 1 },
  ])
})

test('two servers that label the same run at the same time lose nothing', async () => {
  const root = runs(1)
  const sites = [await dashboard({ roots: [root] }), await dashboard({ roots: [root] })]
  const tags = Array.from({ length: 20 }, (_, i) => `tag-${i}`)
  await Promise.all(
    tags.map((tag, i) => {
      const site = sites[i % 2]
      return site === undefined ? undefined : ask(site, 'api/labels', { json: { runs: ['run-0'], add_tags: [tag] } })
    }),
  )
  await eventually(() => {
    const { runs: written } = JSON.parse(readFileSync(join(root, 'hotcb.labels.json'), 'utf8'))
    return written['run-0'].tags.length === tags.length || undefined
  })
})

test('a change that was overwritten by an older text is applied again', async () => {
  const root = runs(1)
  const site = await dashboard({ roots: [root] })
  const path = join(root, 'hotcb.labels.json')
  await ask(site, 'api/labels', { json: { runs: ['run-0'], add_tags: ['first'] } })
  await ask(site, 'api/labels', { json: { runs: ['run-0'], add_tags: ['second'] } })
  writeFileSync(path, JSON.stringify({ protocol: 1, runs: { 'run-0': { tags: ['other'], rev: 1 } }, mine: 7 }))
  const merged = await eventually(() => {
    const document = JSON.parse(readFileSync(path, 'utf8'))
    return document.runs['run-0'].tags.length === 3 ? document : undefined
  })
  expect(merged.runs['run-0'].tags).toEqual(['other', 'first', 'second'])
  expect(merged.mine).toBe(7)
})

test('a change of notes that another person has changed is refused in one line', async () => {
  const site = await dashboard({ roots: [runs(1)] })
  await ask(site, 'api/labels', { json: { runs: ['run-0'], notes: 'a', expect_notes: '' } })
  const { status, body } = await ask(site, 'api/labels', { json: { runs: ['run-0'], notes: 'b', expect_notes: '' } })
  expect([status, body]).toEqual([
    409,
    { error: { code: 'changed', message: 'another person changed these notes: reload them before editing' } },
  ])
})

test('a document that a person damaged is reported and not changed', async () => {
  const root = runs(1)
  const path = join(root, 'hotcb.labels.json')
  writeFileSync(path, '{"runs": {')
  const site = await dashboard({ roots: [root] })
  const { status, body } = await ask(site, 'api/labels', { json: { runs: ['run-0'], star: true } })
  expect(status).toBe(409)
  expect(JSON.stringify(body)).toMatch(/is not JSON: .*fix it or move it away/)
  expect(readFileSync(path, 'utf8')).toBe('{"runs": {')
  expect((await page(site)).problems.join()).toMatch(/hotcb\.labels\.json` is not JSON/)
})

test('bad requests get one line that names the field', async () => {
  const site = await dashboard({ roots: [runs(1)] })
  for (const [path, json, message] of [
    ['api/table', { sort: 'toString' }, /`sort`: expected a column/],
    ['api/table', { columns: ['m:loss:median'] }, /`columns\.0`: expected one of name/],
    ['api/labels', { runs: ['run-9'], star: true }, /run `run-9` does not exist/],
    ['api/labels', { runs: [] }, /`runs`/],
  ] as const) {
    const { body } = await ask(site, path, { json })
    expect(JSON.stringify(body)).toMatch(message)
    expect(JSON.stringify(body)).not.toContain('\\n')
  }
})

test('views are saved and deleted, and none replaces a newer one', async () => {
  const root = runs(1)
  const site = await dashboard({ roots: [root] })
  const save = (json: object): ReturnType<typeof ask> => ask(site, 'api/views', { method: 'PUT', json })
  const { body } = await save({ name: 'mine', query: 'q=status:running', author: 'ada' })
  const [view] = (body as { readonly views: readonly SavedView[] }).views
  expect(view).toEqual({ name: 'mine', query: 'q=status:running', author: 'ada', version: 1 })
  expect((await save({ name: 'mine', query: 'q=x' })).status).toBe(409)
  expect((await save({ name: 'mine', query: 'q=x', version: 1 })).status).toBe(200)
  expect((await save({ name: 'mine', query: 'q=y', version: 1 })).status).toBe(409)
  const gone = await ask(site, 'api/views', { method: 'DELETE', json: { name: 'mine', version: 2 } })
  expect(gone.body).toEqual({ views: [], problem: null })
  expect((await save({ name: 'mine', query: 'q=z' })).status).toBe(200)
})

test('a viewer reads the table and its views, and changes neither', async () => {
  const root = runs(1)
  const tokens = join(temporaryRoot(), 'tokens.json')
  const { token } = addToken(tokens, 'vera', 'viewer')
  const site = await dashboard({ roots: [root], tokens })
  const headers = { Authorization: `Bearer ${token}` }
  expect((await ask(site, 'api/table', { json: {}, headers })).status).toBe(200)
  expect((await ask(site, 'api/labels', { json: { runs: ['run-0'], star: true }, headers })).status).toBe(403)
  const view = { name: 'a', query: '' }
  expect((await ask(site, 'api/views', { method: 'PUT', json: view, headers })).status).toBe(403)
  expect(existsSync(join(root, 'hotcb.labels.json'))).toBe(false)
})
