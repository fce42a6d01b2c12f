import { beforeEach, expect, test, vi } from 'vitest'
import { type Address, openAddress } from './address.ts'

let address: Address
let view: typeof import('../../src/web/compare/compare-view.ts')
beforeEach(async () => {
  vi.resetModules()
  address = openAddress('http://localhost/compare')
  view = await import('../../src/web/compare/compare-view.ts')
})

const query = (): string => decodeURIComponent(new URL(address.href()).search)

test('an address without parameters is the default view', () => {
  expect(view.compareView()).toEqual({
    ...{ runs: [], looks: new Map(), filter: null, axis: { kind: 'step' }, grouping: 'none' },
    ...{ hidden: new Set(), span: undefined, charts: undefined },
  })
})

test('an address names runs, their colours, the axis, the groups, what is hidden, the span and the charts', () => {
  address.visit(
    'http://localhost/compare?runs=a,b%252Cc,,d%25&colors=3,,5&filter=tag:x&x=time&group=seed&hide=b%252Cc&span=1.5~20&m=loss,acc',
  )
  const { charts, ...rest } = view.compareView()
  expect(rest).toEqual({
    ...{ runs: ['a', 'b,c', 'd%'], filter: 'tag:x', axis: { kind: 'time' }, grouping: 'seed' },
    looks: new Map([
      ['a', 3],
      ['d%', 5],
    ]),
    ...{ hidden: new Set(['b,c']), span: [1.5, 20] },
  })
  expect(charts?.map(({ text }) => text)).toEqual(['loss', 'acc'])
})

test.each(['', '1', '1~', '2~1', '1~1', 'x~2', '0~Infinity', '-Infinity~0'])(
  '%j is not a span, so all is visible',
  (span) => {
    address.visit(`http://localhost/compare?span=${span}&group=nonsense&m=`)
    expect([view.compareView().span, view.compareView().grouping]).toEqual([
      span === '1~' ? undefined : undefined,
      'none',
    ])
    expect(view.compareView().charts).toEqual([])
  },
)

test('at most a hundred runs are compared', () => {
  const ids = Array.from({ length: 101 }, (_, i) => `r${i}`)
  address.visit(`http://localhost/compare?runs=${ids.join(',')}`)
  expect(view.compareView().runs).toEqual(ids.slice(0, 100))
})

test('what a person changes is in the address, and a change of the axis or the span can be undone', () => {
  view.setCharts([])
  expect(query()).toBe('?m=-')
  view.setCharts(view.firstCharts(['loss']))
  view.setHidden(['a,b', 'c'])
  expect([query(), address.pushes()]).toEqual(['?m=loss&hide=a%2Cb,c', 0])
  view.setSpan([1 / 3, 2e12 + 0.123])
  expect([query(), address.pushes()]).toEqual(['?m=loss&hide=a%2Cb,c&span=0.3333333333~2000000000000', 1])
  expect(view.compareView().span).toEqual([0.3333333333, 2e12])
  view.setSpan(undefined)
  view.setSpan([1, 2])
  view.setAxis({ kind: 'metric', name: 'lr' })
  expect([query(), address.pushes()]).toEqual(['?m=loss&hide=a%2Cb,c&x=m:lr', 4])
})

test('the first charts are the key metric, then metrics without a group, and never those of the machine', () => {
  const texts = (names: readonly string[]): readonly string[] => view.firstCharts(names).map(({ text }) => text)
  expect(texts(['sys/cpu', 'time/step_ms', 'train/acc', 'lr', 'val_loss', 'mysys/x'])).toEqual([
    ...['val_loss', 'lr', 'train/acc', 'mysys/x'],
  ])
  expect(texts(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toHaveLength(6)
  expect(texts([])).toEqual([])
})
