import { afterEach, expect, test, vi } from 'vitest'
import { openAddress } from './address.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('annotations are requested while the page is visible, immediately when it becomes visible again, and not after it is left', async () => {
  openAddress('http://a.example/run/r')
  vi.useFakeTimers()
  const listeners = new Set<() => void>()
  const page = {
    baseURI: 'http://a.example/',
    visibilityState: 'visible',
    addEventListener: (_: string, listener: () => void) => listeners.add(listener),
    removeEventListener: (_: string, listener: () => void) => listeners.delete(listener),
  }
  vi.stubGlobal('document', page)
  let asked = 0
  vi.stubGlobal('fetch', async () => {
    asked++
    return new Response(JSON.stringify({ annotations: [], problem: null }))
  })
  const { followAnnotations } = await import('../../src/web/panels/charts/annotations.ts')
  const stop = followAnnotations('r')
  await vi.advanceTimersByTimeAsync(20_500)
  expect(asked).toBe(3)
  page.visibilityState = 'hidden'
  for (const listener of listeners) listener()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toBe(3)
  page.visibilityState = 'visible'
  for (const listener of listeners) listener()
  await vi.advanceTimersByTimeAsync(1)
  expect(asked).toBe(4)
  stop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect([asked, listeners.size]).toEqual([4, 0])
})
