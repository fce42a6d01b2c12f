import { createElement, options } from 'preact'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { useNarrow } from '../../src/web/parts/use-narrow.ts'
import { useOnce } from '../../src/web/parts/use-once.ts'
import { usePastLines } from '../../src/web/run/past-lines.ts'
import { useWidth } from '../../src/web/sweeps/use-width.ts'
import { showInvisible } from '../../src/web/visible-nodes.ts'
import { createListeners } from './element.ts'
import { openHook } from './hook.ts'

afterEach(() => void vi.unstubAllGlobals())

test('the lines that were sent can be shown again, newest first, each once', async () => {
  const hook = await openHook(usePastLines, undefined)
  const past = hook.result()
  expect([past.isShown(), past.move(1), past.move(-1), past.isShown()]).toEqual([false, '', '', false])
  for (const line of ['a', 'b', 'a', 'c']) past.add(line)
  expect([past.isShown(), past.move(1), past.isShown()]).toEqual([false, 'c', true])
  expect([past.move(1), past.move(1), past.move(1)]).toEqual(['a', 'b', 'b'])
  expect([past.move(-1), past.move(-1), past.move(-1), past.isShown(), past.move(-1)]).toEqual([
    ...['a', 'c', '', false, ''],
  ])
  await hook.change(undefined)
  past.move(1)
  past.add('d')
  expect([hook.result().isShown(), hook.result().move(1), hook.result().move(1)]).toEqual([false, 'd', 'c'])
  hook.close()
})

test('fifty lines are kept', async () => {
  const hook = await openHook(usePastLines, undefined)
  const { add, move } = hook.result()
  for (let at = 0; at < 60; at++) add(`line ${at}`)
  expect([move(1), move(999)]).toEqual(['line 59', 'line 10'])
  hook.close()
})

test('a task runs once at a time, even after a double click, and again after its end or failure', async () => {
  const ends: (() => void)[] = []
  const task = (): Promise<void> => new Promise((resolve) => void ends.push(resolve))
  const hook = await openHook(() => useOnce(task), undefined)
  expect(hook.result().isBusy).toBe(false)
  const { begin } = hook.result()
  await hook.act(() => {
    begin()
    begin()
  })
  expect([ends.length, hook.result().isBusy]).toEqual([1, true])
  await hook.act(async () => {
    ends[0]?.()
    await Promise.resolve()
  })
  await vi.waitFor(() => expect(hook.result().isBusy).toBe(false), { timeout: 300_000 })
  await hook.act(() => hook.result().begin())
  expect([ends.length, hook.result().isBusy]).toEqual([2, true])
  hook.close()
})

test('a page is narrow up to 640 pixels, also after its window changes', async () => {
  const query = { ...createListeners(), matches: true }
  const asked: string[] = []
  vi.stubGlobal('matchMedia', (text: string) => {
    asked.push(text)
    return query
  })
  const hook = await openHook(useNarrow, undefined)
  expect([hook.result(), new Set(asked)]).toEqual([true, new Set(['(max-width: 640px)'])])
  query.matches = false
  await hook.act(() => query.fire('change'))
  expect(hook.result()).toBe(false)
  await hook.change(undefined)
  expect(query.names()).toEqual(['change'])
  hook.close()
  expect(query.names()).toEqual([])
})

test('the width of an element follows its size, in whole pixels', async () => {
  let resize = (): void => undefined
  const seen: unknown[] = []
  vi.stubGlobal(
    'ResizeObserver',
    class {
      constructor(call: () => void) {
        resize = call
      }
      observe = (element: unknown): void => void seen.push(element)
      disconnect = (): void => void seen.push('end')
    },
  )
  const none = await openHook(useWidth, { current: null })
  expect([none.result(), seen]).toEqual([600, []])
  none.close()
  // The field of an element that is read.
  const element = { clientWidth: 320.9 } as HTMLElement
  const hook = await openHook(useWidth, { current: element })
  expect([hook.result(), seen]).toEqual([600, [element]])
  await hook.act(() => resize())
  expect(hook.result()).toBe(320)
  await hook.change({ current: element })
  expect(seen).toEqual([element])
  hook.close()
  expect(seen).toEqual([element, 'end'])
})

test('invisible characters in the text of elements are shown, but not in the values of fields', () => {
  const { vnode } = options
  onTestFinished(() => {
    if (vnode === undefined) delete options.vnode
    else options.vnode = vnode
  })
  const seen: unknown[] = []
  options.vnode = ({ type }) => void seen.push(type)
  showInvisible()
  const [bad, good] = ['a\u202Eb', 'a\\u202Eb']
  const props = { title: bad, 'aria-label': bad, placeholder: bad, value: bad, tabIndex: 0 }
  expect(createElement('input', props).props).toEqual({
    ...{ title: good, 'aria-label': good, placeholder: good, value: bad, tabIndex: 0 },
  })
  expect(createElement('p', null, bad).props.children).toBe(good)
  expect(createElement('p', null, bad, 5, null, [bad, [bad]]).props.children).toEqual([good, 5, null, [good, [good]]])
  const Part = (): null => null
  expect(createElement(Part, { title: bad } as object, bad).props).toEqual({ title: bad, children: bad })
  expect(createElement('br', null).props).toEqual({})
  expect(seen).toEqual(['input', 'p', 'p', Part, 'br'])
})
