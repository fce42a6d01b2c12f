import { beforeEach, expect, test, vi } from 'vitest'
import { type Address, openAddress } from './address.ts'

type Route = typeof import('../../src/web/route.ts')

let address: Address
let route: Route
beforeEach(async () => {
  vi.resetModules()
  address = openAddress('http://localhost:8421/run/exp%20001?q=loss#x')
  route = await import('../../src/web/route.ts')
})

test('the path names the run, decoded; every other path is the table of runs', () => {
  expect(route.place.value).toEqual({ page: 'run', id: 'exp 001' })
  address.visit('http://localhost:8421/')
  expect(route.place.value).toEqual({ page: 'runs' })
  address.visit(`http://localhost:8421${route.runHref('a/b?')}`)
  expect(route.place.value).toEqual({ page: 'run', id: 'a/b?' })
})

test('a view parameter is set and removed without a new entry in the history, unless one is requested', () => {
  expect(route.viewParam('q')).toBe('loss')
  route.setView({ q: 'val', log: '1' })
  expect([route.viewParam('q'), route.viewParam('log')]).toEqual(['val', '1'])
  route.setView({ q: null, log: '' })
  expect(new URL(address.href()).search).toBe('')
  expect(address.pushes()).toBe(0)
  route.setView({ x: '1~2' }, true)
  expect(address.pushes()).toBe(1)
})

test('a view that does not change adds no entry to the history', () => {
  route.setView({ q: 'loss' }, true)
  expect(address.pushes()).toBe(0)
})

test('Back restores the view parameters', () => {
  address.visit('http://localhost:8421/run/a?q=acc')
  expect(route.viewParam('q')).toBe('acc')
})

test('a plain click on a link stays in the page, and any other click is left to the browser', () => {
  let prevented = 0
  const click = (more: Partial<MouseEvent>): MouseEvent =>
    ({ defaultPrevented: false, button: 0, preventDefault: () => prevented++, ...more }) as unknown as MouseEvent
  for (const more of [
    { button: 1 },
    { metaKey: true },
    { ctrlKey: true },
    { shiftKey: true },
    { defaultPrevented: true },
  ])
    route.follows(click(more), '/run/b')
  expect([prevented, address.pushes()]).toEqual([0, 0])
  route.follows(click({}), '/run/b')
  expect([prevented, address.pushes()]).toEqual([1, 1])
  expect(route.place.value).toEqual({ page: 'run', id: 'b' })
})
