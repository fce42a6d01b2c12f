import { signal } from '@preact/signals'
import { createElement } from 'preact'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { MetricNames } from '../../src/shared/wire.ts'
import { type Panel, PanelContext, useStream } from '../../src/web/panels/panel.ts'
import { held, storeOf } from './held.ts'
import { onRunPage, openHook } from './hook.ts'

const formula = vi.hoisted(() => ({ read: [] as unknown[], problem: '', isMissing: false }))
vi.mock('../../src/web/panels/charts/formula-series.ts', () => {
  if (formula.isMissing) throw new Error('the server is gone')
  return {
    formulaSeries: (series: object, texts: readonly string[], known: ReadonlySet<string>) => {
      formula.read.push([[...texts], [...known]])
      return formula.problem === '' ? { ok: true, series: { ...series } } : { ok: false, problem: formula.problem }
    },
  }
})

beforeEach(() => {
  vi.resetModules()
  formula.read.length = 0
  formula.problem = ''
  formula.isMissing = false
})
afterEach(() => void vi.restoreAllMocks())

const answer = (...names: readonly string[]): MetricNames =>
  ({ names: names.map((name) => ({ name })) }) as unknown as MetricNames

/** A chart on the page of a run that has metrics. */
async function open(texts: readonly string[], first?: MetricNames) {
  // The modules are loaded again, so that no test has the code that another test has loaded.
  const { useLines } = await import('../../src/web/panels/charts/use-lines.ts')
  const { PanelContext: Context } = await import('../../src/web/panels/panel.ts')
  const { RunContext } = await import('../../src/web/run/run-context.ts')
  const series = storeOf(held('loss', [1], [1]))
  const names = signal(first)
  const store = { streams: { get: () => ({ names, series }) } }
  const panel = { name: 'charts', streams: ['metrics'] } as unknown as Panel
  const hook = await openHook(useLines, texts, (child) =>
    createElement(
      RunContext.Provider,
      { value: store as never },
      createElement(Context.Provider, { value: panel }, child),
    ),
  )
  return { hook, series, names }
}

test('lines of known metrics are those of the run, and no code for expressions is loaded', async () => {
  const { hook, series, names } = await open(['loss'])
  const before = hook.result()
  expect(before).toEqual({ series, problem: '' })
  await hook.act(() => (names.value = answer('loss')))
  await hook.act(() => (names.value = answer('loss', 'acc')))
  expect([hook.result().series, hook.result().problem, formula.read]).toEqual([series, '', []])
  hook.close()
})

test('an expression is read once its code is loaded, and again with each new metric', async () => {
  const { hook, series, names } = await open(['loss * 2'], answer('loss'))
  await vi.waitFor(() => expect(formula.read).toEqual([[['loss * 2'], ['loss']]]), { timeout: 300_000 })
  await vi.waitFor(() => expect(hook.result().series).not.toBe(series), { timeout: 300_000 })
  const first = hook.result()
  expect(first.problem).toBe('')
  await hook.change(['loss * 2'])
  expect([hook.result() === first, formula.read.length]).toEqual([true, 1])
  await hook.act(() => (names.value = answer('loss', 'acc')))
  expect(formula.read.at(-1)).toEqual([['loss * 2'], ['loss', 'acc']])
  await hook.change(['loss * 3', 'acc'])
  expect(formula.read.at(-1)).toEqual([
    ['loss * 3', 'acc'],
    ['loss', 'acc'],
  ])
  formula.problem = 'nothing is called `x`'
  await hook.change(['x'])
  expect(hook.result()).toEqual({ series, problem: 'nothing is called `x`' })
  await hook.change(['loss'])
  expect(hook.result()).toEqual({ series, problem: '' })
  hook.close()
})

test('a chart that opens later has the code at once', async () => {
  const first = await open(['loss * 2'], answer('loss'))
  await vi.waitFor(() => expect(formula.read.length).toBe(1), { timeout: 300_000 })
  first.hook.close()
  const second = await open(['loss * 4'], answer('loss'))
  expect(formula.read.at(-1)).toEqual([['loss * 4'], ['loss']])
  expect(second.hook.result().series).not.toBe(second.series)
  second.hook.close()
})

test('the names of an answer become one set, which is kept', async () => {
  const { namesOf } = await import('../../src/web/panels/charts/use-lines.ts')
  const one = answer('a', 'b', 'a')
  expect([...namesOf(one)]).toEqual(['a', 'b'])
  expect(namesOf(one)).toBe(namesOf(one))
  expect(namesOf(answer('a'))).not.toBe(namesOf(answer('a')))
})

test('a panel that does not list a stream cannot read it', async () => {
  vi.spyOn(console, 'error').mockReturnValue(undefined)
  const streams = { get: (name: string) => ({ is: name }) }
  const inPanel = (panel: Panel | undefined) => (child: Parameters<ReturnType<typeof onRunPage>>[0]) =>
    onRunPage({ streams })(createElement(PanelContext.Provider, { value: panel }, child))
  const panel = { name: 'log', streams: ['log'] } as unknown as Panel
  const hook = await openHook(() => useStream('log'), undefined, inPanel(panel))
  expect(hook.result()).toEqual({ is: 'log' })
  hook.close()
  await expect(openHook(() => useStream('state'), undefined, inPanel(panel))).rejects.toThrow(
    'panel `log` reads the `state` stream, which its entry does not list',
  )
  await expect(openHook(() => useStream('log'), undefined, inPanel(undefined))).rejects.toThrow(
    'panel `undefined` reads the `log` stream, which its entry does not list',
  )
})
