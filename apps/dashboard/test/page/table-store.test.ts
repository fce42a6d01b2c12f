import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { TablePage } from '../../src/shared/table/table-wire.ts'

interface Asked {
  readonly path: string
  readonly body: unknown
  answer(page: Partial<TablePage>): Promise<unknown>
  fail(): Promise<unknown>
}
const waiting = vi.hoisted(() => [] as Asked[])
vi.mock('../../src/web/api.ts', () => ({
  send: (path: string, body: unknown) =>
    new Promise((resolve, reject) => {
      const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)
      waiting.push({
        ...{ path, body },
        answer(page) {
          resolve({ ...EMPTY, ...page })
          return settled()
        },
        fail() {
          reject(new Error('no server'))
          return settled()
        },
      })
    }),
}))

const EMPTY = {
  ...{ version: 'v', unchanged: false, total: 9, found: 900, offset: 0 },
  ...{ rows: [], groups: [], unread: 0, problems: [] },
}

let store: typeof import('../../src/web/runs/table-store.ts')
beforeEach(async () => {
  vi.resetModules()
  vi.useFakeTimers()
  vi.stubGlobal('document', { visibilityState: 'visible' })
  waiting.length = 0
  store = await import('../../src/web/runs/table-store.ts')
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

// Rows are kept unread.
const rows = (...ids: readonly string[]): TablePage['rows'] => ids.map((id) => ({ row: { id } })) as never
const shown = (): readonly unknown[] => [...(store.table.value?.rows ?? [])].map(([at, { row }]) => `${at} ${row.id}`)
const bodies = (): readonly unknown[] => waiting.map(({ body }) => body)

/** Takes the only open request. */
function only(): Asked {
  const [one, ...others] = waiting.splice(0)
  if (one === undefined || others.length > 0) throw new Error('expected one request')
  return one
}

test('a query is requested once, and its answer becomes the table', async () => {
  expect([store.table.value, store.tableProblem.value]).toEqual([undefined, null])
  store.setTableQuery({ filter: 'a' })
  store.setTableQuery({ filter: 'a' })
  const first = only()
  expect([first.path, first.body]).toEqual(['table', { filter: 'a', offset: 0, limit: 60 }])
  await first.answer({ rows: rows('x', 'y'), groups: [{ value: 1, count: 2 }], unread: 3, problems: ['p'] })
  const { rows: found, ...rest } = store.table.value ?? { rows: new Map() }
  expect(rest).toEqual({ total: 9, found: 900, groups: [{ value: 1, count: 2 }], unread: 3, problems: ['p'] })
  expect([found.size, shown()]).toEqual([2, ['0 x', '1 y']])
  await store.setTableQuery({ filter: 'a' })
  expect(waiting).toEqual([])
})

test('the table is requested every second while the page is visible, from its version on', async () => {
  const stop = store.followTable()
  await vi.advanceTimersByTimeAsync(999)
  expect(waiting).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  const first = only()
  expect(first.body).toEqual({ offset: 0, limit: 60 })
  await first.answer({ rows: rows('x') })
  await vi.advanceTimersByTimeAsync(1000)
  const second = only()
  expect(second.body).toEqual({ offset: 0, limit: 60, version: 'v' })
  await second.answer({ unchanged: true, rows: rows('none'), total: 0 })
  expect([shown(), store.table.value?.total]).toEqual([['0 x'], 9])
  vi.stubGlobal('document', { visibilityState: 'hidden' })
  await vi.advanceTimersByTimeAsync(3000)
  expect(waiting).toEqual([])
  vi.stubGlobal('document', { visibilityState: 'visible' })
  stop()
  await vi.advanceTimersByTimeAsync(3000)
  expect(waiting).toEqual([])
})

test('visible rows are requested in blocks of fifty, at most five hundred at once', async () => {
  store.wantRows(0, 50)
  expect(only().body).toEqual({ offset: 0, limit: 50 })
  vi.resetModules()
  store = await import('../../src/web/runs/table-store.ts')
  store.wantRows(120, 151)
  const first = only()
  expect(first.body).toEqual({ offset: 100, limit: 100 })
  await first.answer({ offset: 100, rows: rows('x') })
  store.wantRows(149, 200)
  store.wantRows(100, 199)
  expect(waiting).toEqual([])
  store.wantRows(-7, 0)
  const second = only()
  expect(second.body).toEqual({ offset: 0, limit: 50 })
  await second.answer({ rows: rows('a') })
  expect(shown()).toEqual(['100 x', '0 a'])
  store.wantRows(0, 4000)
  expect(only().body).toEqual({ offset: 0, limit: 500 })
})

test('rows near the visible ones are kept, those far away and those beyond the end are not', async () => {
  store.wantRows(100, 150)
  await only().answer({ offset: 100, rows: rows('a', 'b') })
  store.wantRows(500, 550)
  await only().answer({ offset: 500, rows: rows('c', 'd') })
  // The row at 100 is exactly 400 rows away.
  expect(shown()).toEqual(['100 a', '101 b', '500 c', '501 d'])
  store.wantRows(550, 600)
  await only().answer({ offset: 501, rows: rows('e'), found: 501 })
  expect(shown()).toEqual(['101 b', '500 c', '501 e'])
})

test('rows of another query replace those of the last, and a late answer to the last is dropped', async () => {
  store.setTableQuery({ filter: 'a' })
  const first = only()
  store.setTableQuery({ filter: 'b' })
  expect(waiting).toEqual([])
  await first.answer({ rows: rows('old') })
  expect(store.table.value).toBeUndefined()
  const second = only()
  expect(second.body).toEqual({ filter: 'b', offset: 0, limit: 60 })
  await second.answer({ rows: rows('x', 'y') })
  store.setTableQuery({ filter: 'c' })
  const third = only()
  expect(third.body).toEqual({ filter: 'c', offset: 0, limit: 60 })
  await third.answer({ rows: rows('z') })
  expect(shown()).toEqual(['0 z'])
})

test('an answer for rows that are no longer visible is kept, but has no version', async () => {
  store.setTableQuery({ sort: 'x' })
  const first = only()
  store.wantRows(50, 100)
  await first.answer({ rows: rows('a') })
  expect(shown()).toEqual(['0 a'])
  expect(bodies()).toEqual([{ sort: 'x', offset: 50, limit: 50 }])
  await only().answer({ offset: 50, rows: rows('b') })
  expect([shown(), waiting]).toEqual([['0 a', '50 b'], []])
})

test('a failure is a problem until the next answer, and the whole table is read again', async () => {
  const reloaded = store.reloadTable()
  await only().answer({ rows: rows('a') })
  await reloaded
  store.followTable()
  await vi.advanceTimersByTimeAsync(1000)
  await only().fail()
  expect([store.tableProblem.value, shown()]).toEqual(['no server', ['0 a']])
  await vi.advanceTimersByTimeAsync(1000)
  const next = only()
  expect(next.body).toEqual({ offset: 0, limit: 60 })
  await next.answer({ unchanged: true })
  expect(store.tableProblem.value).toBeNull()
  void store.reloadTable()
  expect(only().body).toEqual({ offset: 0, limit: 60 })
})

test('all ids of a query are read, five hundred at once and at most as many as wanted', async () => {
  const many = (count: number, from: number): TablePage['rows'] =>
    rows(...Array.from({ length: count }, (_, i) => `${from + i}`))
  let found = store.findAll({ filter: 'a', columns: ['x'] }, 700)
  const first = only()
  expect([first.path, first.body]).toEqual(['table', { filter: 'a', columns: [], offset: 0, limit: 500 }])
  await first.answer({ rows: many(500, 0), found: 900 })
  const second = only()
  expect(second.body).toEqual({ filter: 'a', columns: [], offset: 500, limit: 200 })
  await second.answer({ rows: many(200, 500), found: 900 })
  expect([await found, waiting]).toEqual([Array.from({ length: 700 }, (_, i) => `${i}`), []])
  found = store.findAll({}, 700)
  await only().answer({ rows: many(3, 0), found: 3 })
  expect([await found, waiting]).toEqual([['0', '1', '2'], []])
  found = store.findAll({}, 700)
  await only().answer({ rows: [], found: 3 })
  expect([await found, waiting]).toEqual([[], []])
  expect([await store.findAll({}, 0), waiting]).toEqual([[], []])
})
