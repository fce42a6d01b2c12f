import { afterEach, expect, test, vi } from 'vitest'
import { DEFAULT_COLUMNS } from '../../src/shared/table/column.ts'
import { openAddress } from './address.ts'

afterEach(() => void vi.unstubAllGlobals())

/** Opens the table of runs with a query in its address. */
async function open(query: string) {
  vi.resetModules()
  const address = openAddress(`http://localhost/${query}`)
  return { address, ...(await import('../../src/web/runs/table-view.ts')) }
}

test.each([
  ['', { columns: DEFAULT_COLUMNS }],
  ['?q=&sort=&group=&cols=', { columns: [] }],
  ['?q=lr%3C1', { columns: DEFAULT_COLUMNS, filter: 'lr<1' }],
  ['?sort=step', { columns: DEFAULT_COLUMNS, sort: 'step' }],
  ['?sort=-p:lr', { columns: DEFAULT_COLUMNS, sort: '-p:lr' }],
  ['?sort=--step', { columns: DEFAULT_COLUMNS }],
  ['?sort=step-', { columns: DEFAULT_COLUMNS }],
  ['?sort=st-ep', { columns: DEFAULT_COLUMNS }],
  ['?sort=unknown', { columns: DEFAULT_COLUMNS }],
  ['?group=seed', { columns: DEFAULT_COLUMNS, group: 'seed' }],
  ['?group=-seed', { columns: DEFAULT_COLUMNS }],
  ['?cols=step,name,unknown,p%3Aa%252Cb', { columns: ['step', 'p:a,b'] }],
  ['?cols=p%3A50%25,-', { columns: ['p:50%'] }],
  [
    '?q=a&sort=name&group=p:lr&cols=m:loss:best',
    { columns: ['m:loss:best'], filter: 'a', sort: 'name', group: 'p:lr' },
  ],
])('the address "%s" has its view of the table', async (query, view) => {
  expect((await open(query)).tableQuery()).toEqual(view)
})

test('columns are written into the address, unless they are the default ones', async () => {
  const { address, setColumns, shownColumns } = await open('')
  setColumns(['step', 'p:a,b'])
  expect(address.href()).toBe('http://localhost/?cols=step%2Cp%253Aa%252Cb')
  expect(shownColumns()).toEqual(['step', 'p:a,b'])
  setColumns([])
  expect([address.href(), shownColumns()]).toEqual(['http://localhost/?cols=-', []])
  setColumns([...DEFAULT_COLUMNS])
  expect([address.href(), shownColumns()]).toEqual(['http://localhost/', DEFAULT_COLUMNS])
  expect(address.pushes()).toBe(0)
})

test('a saved view contains the four parameters of the table, and replaces all of them', async () => {
  const { address, currentView, showView } = await open('?group=seed&x=1&cols=step&sort=-step&q=a')
  expect(currentView()).toBe('q=a&sort=-step&cols=step&group=seed')
  showView('q=b&x=2')
  expect([address.href(), address.pushes(), currentView()]).toEqual(['http://localhost/?x=1&q=b', 1, 'q=b'])
})
