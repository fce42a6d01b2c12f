import { signal } from '@preact/signals'
import { expect, test, vi } from 'vitest'
import { shownForecasts } from '../../src/web/panels/charts/forecasts.ts'
import { useOverlay } from '../../src/web/panels/charts/overlay.ts'
import { onRunPage, openHook } from './hook.ts'

const drawn = vi.hoisted(() => [] as unknown[])
vi.mock('../../src/web/alerts/draw-alerts.ts', async (original) => ({
  ...(await original<object>()),
  drawAlerts: (plot: unknown, alerts: readonly { readonly id: string }[]) =>
    void drawn.push([plot, ...alerts.map(({ id }) => id)]),
}))
vi.mock('../../src/web/theme.ts', () => ({ cssColor: (name: string) => name }))
vi.mock('../../src/web/panels/charts/forecasts.ts', () => ({
  shownForecasts: signal(new Map()),
  drawForecasts: (_: unknown, names: readonly string[], forecasts: ReadonlyMap<string, unknown>) =>
    void drawn.push([names.join(' '), ...forecasts.keys()]),
}))

// These fields are read.
const alert = (id: string, metric = 'loss', step: number | null = 5): object => ({ id, metric, step })

test('the same function always draws the current overlay of a chart, and the chart is redrawn if the overlay changes', async () => {
  const now = signal<{ readonly alerts: readonly object[] } | undefined>(undefined)
  const redraws: unknown[] = []
  const plot = { current: { redraw: (isScaled: boolean) => redraws.push(isScaled) } as never }
  const hook = await openHook(
    ({ names, isLarge }: { names: readonly string[]; isLarge: boolean }) => useOverlay(names, plot, isLarge),
    { names: ['loss'], isLarge: false },
    onRunPage({ streams: { get: () => ({ now }) } }),
  )
  const draw = hook.result()
  const takeDrawn = (): unknown => {
    hook.result()('the plot' as never)
    return drawn.splice(0)
  }
  expect([takeDrawn(), redraws]).toEqual([[['loss'], ['the plot']], [false]])
  await hook.act(() => (now.value = { alerts: [alert('a'), alert('b', 'acc'), alert('c', 'loss', null)] }))
  expect([takeDrawn(), redraws.length]).toEqual([[['loss'], ['the plot', 'a']], 2])
  await hook.act(() => (now.value = { alerts: [alert('a')] }))
  expect(redraws.length).toBe(2)
  await hook.act(() => (shownForecasts.value = new Map([['loss', {} as never]])))
  expect([takeDrawn(), redraws.length]).toEqual([[['loss'], ['the plot', 'a']], 2])
  await hook.change({ names: ['loss', 'acc'], isLarge: true })
  expect([takeDrawn(), redraws.length]).toEqual([
    [
      ['loss acc', 'loss'],
      ['the plot', 'a'],
    ],
    3,
  ])
  await hook.act(() => (now.value = { alerts: [alert('a'), alert('b', 'acc')] }))
  expect([takeDrawn(), redraws.length, hook.result()]).toEqual([
    [
      ['loss acc', 'loss'],
      ['the plot', 'a', 'b'],
    ],
    4,
    draw,
  ])
  hook.close()
})
