import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useLaunched } from '../../src/web/panels/launcher/use-launched.ts'
import { useAsked } from '../../src/web/panels/media/use-asked.ts'
import { useOutput } from '../../src/web/panels/output/use-output.ts'
import { useQueued } from '../../src/web/run/use-queued.ts'
import { useRepeated } from '../../src/web/sweeps/use-repeated.ts'
import { onRunPage, openHook } from './hook.ts'
import { openWaitingServer } from './waiting-server.ts'

vi.mock('../../src/web/base.ts', () => ({ pagePath: (path: string) => `/${path}` }))

// Hooks that request something again and again.
let server: ReturnType<typeof openWaitingServer>
beforeEach(() => {
  vi.useFakeTimers()
  server = openWaitingServer()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('the process of a run is requested every two seconds after an answer', async () => {
  const hook = await openHook(useLaunched, 'a/b')
  const state = (): unknown => [hook.result().answer, hook.result().problem]
  expect([state(), server.paths()]).toEqual([[undefined, ''], ['runs/a%2Fb/launcher']])
  server.only().answer({ launched: null })
  await hook.pass(1999)
  expect([state(), server.paths()]).toEqual([[{ launched: null }, ''], []])
  await hook.pass(1)
  server.only().refuse('no disk')
  await hook.pass(2000)
  expect(state()).toEqual([{ launched: null }, 'no disk'])
  server.only().answer({ launched: 1 })
  await hook.pass(0)
  expect(state()).toEqual([{ launched: 1 }, ''])
  await hook.act(() => hook.result().take({ launched: 2 } as never))
  expect(state()).toEqual([{ launched: 2 }, ''])
  hook.close()
  await hook.pass(9999)
  expect(server.paths()).toEqual([])
})

test.each(['answer', 'refuse'] as const)('a process that is no longer shown ignores late answers (%s)', async (end) => {
  const hook = await openHook(useLaunched, 'a')
  const late = server.only()
  await hook.change('b')
  expect(server.paths()).toEqual(['runs/b/launcher'])
  server.only().answer({ launched: 'b' })
  await hook.pass(0)
  late[end]('late')
  await hook.pass(1999)
  expect([hook.result().answer, hook.result().problem, server.paths()]).toEqual([{ launched: 'b' }, '', []])
  await hook.pass(1)
  expect(server.paths()).toEqual(['runs/b/launcher'])
  hook.close()
})

test('an unchanged answer about media causes no redraw, and a failed request keeps the last one', async () => {
  const hook = await openHook(({ run, path }: { run: string; path: string }) => useAsked(run, path), {
    ...{ run: 'a/b', path: 'media?x=1' },
  })
  expect([hook.result(), server.paths()]).toEqual([{ answer: undefined, problem: '' }, ['runs/a%2Fb/media?x=1']])
  server.only().answer([1])
  await hook.pass(4999)
  expect([hook.result(), server.paths()]).toEqual([{ answer: [1], problem: '' }, []])
  await hook.pass(1)
  const renders = hook.renders()
  server.only().answer([1])
  await hook.pass(5000)
  expect(hook.renders()).toBe(renders)
  server.only().refuse('no disk')
  await hook.pass(5000)
  expect(hook.result()).toEqual({ answer: [1], problem: 'no disk' })
  server.only().answer([1])
  await hook.pass(0)
  expect(hook.result()).toEqual({ answer: [1], problem: '' })
  await hook.change({ run: 'a/b', path: 'images' })
  await hook.pass(0)
  expect(server.paths()).toEqual(['runs/a%2Fb/images'])
  await hook.change({ run: 'c', path: 'images' })
  expect(server.paths()).toEqual(['runs/a%2Fb/images', 'runs/c/images'])
  hook.close()
})

test.each(['answer', 'refuse'] as const)('media that are no longer shown ignore a late answer (%s)', async (end) => {
  const hook = await openHook((path: string) => useAsked('a', path), 'one')
  const late = server.only()
  await hook.change('two')
  server.only().answer('new')
  await hook.pass(0)
  late[end]('late')
  await hook.pass(4999)
  expect([hook.result(), server.paths()]).toEqual([{ answer: 'new', problem: '' }, []])
  hook.close()
  await hook.pass(9999)
  expect(server.paths()).toEqual([])
})

test('the output of a run is requested immediately, and then every two seconds with the stamp of the last answer', async () => {
  const hook = await openHook(({ id, isHeld }: { id: string; isHeld: boolean }) => useOutput(id, isHeld), {
    ...{ id: 'a/b', isHeld: false },
  })
  await hook.pass(0)
  expect([hook.result(), server.paths()]).toEqual([{ tail: undefined, problem: '' }, ['runs/a%2Fb/output']])
  const tail = { text: 'one', stamp: 's 1' }
  server.only().answer({ output: tail })
  await hook.pass(0)
  await hook.pass(1999)
  expect([hook.result(), server.paths()]).toEqual([{ tail, problem: '' }, []])
  await hook.pass(1)
  expect(server.paths()).toEqual(['runs/a%2Fb/output?stamp=s%201'])
  // The text is null if it has not changed since the stamp.
  server.only().answer({ output: { text: null, stamp: 's 1' } })
  await hook.pass(2000)
  expect(hook.result()).toEqual({ tail, problem: '' })
  server.only().refuse('no disk')
  await hook.pass(2000)
  expect(hook.result()).toEqual({ tail, problem: 'no disk' })
  server.only().answer({ output: null })
  await hook.pass(0)
  expect(hook.result()).toEqual({ tail: null, problem: '' })
  await hook.change({ id: 'a/b', isHeld: true })
  await hook.pass(9999)
  expect(server.paths()).toEqual([])
  await hook.change({ id: 'c', isHeld: false })
  await hook.pass(0)
  expect(server.paths()).toEqual(['runs/c/output'])
  hook.close()
})

test.each(['answer', 'refuse'] as const)('output that a person is reading ignores a late answer (%s)', async (end) => {
  const hook = await openHook((isHeld: boolean) => useOutput('a', isHeld), false)
  await hook.pass(0)
  const late = server.only()
  await hook.change(true)
  if (end === 'answer') late.answer({ output: { text: 'late', stamp: 's' } })
  else late.refuse('late')
  await hook.pass(9999)
  expect([hook.result(), server.paths()]).toEqual([{ tail: undefined, problem: '' }, []])
  hook.close()
})

test('waiting commands are read every four seconds, immediately after a change, and only while they are wanted', async () => {
  const hook = await openHook(
    ({ isWanted, stamp }: { isWanted: boolean; stamp: string }) => useQueued(isWanted, stamp),
    { isWanted: false, stamp: '' },
    onRunPage({ id: 'a/b' }),
  )
  await hook.pass(9999)
  const none = hook.result()
  expect([none, server.paths()]).toEqual([[], []])
  await hook.change({ isWanted: true, stamp: '' })
  expect(server.paths()).toEqual(['runs/a%2Fb/queued'])
  server.only().answer({ queued: ['one'] })
  await hook.pass(3999)
  expect([hook.result(), server.paths()]).toEqual([['one'], []])
  await hook.pass(1)
  server.only().refuse('no disk')
  await hook.pass(0)
  expect(hook.result()).toEqual(['one'])
  await hook.change({ isWanted: true, stamp: 'x' })
  const late = server.only()
  await hook.change({ isWanted: false, stamp: 'x' })
  late.answer({ queued: ['late'] })
  await hook.pass(9999)
  expect([hook.result() === none, server.paths()]).toEqual([true, []])
  await hook.change({ isWanted: true, stamp: 'x' })
  expect(hook.result()).toEqual(['one'])
  hook.close()
})

test('a path is requested repeatedly while the page is visible', async () => {
  vi.stubGlobal('document', { visibilityState: 'visible' })
  const hook = await openHook(({ path, ms }: { path: string; ms: number }) => useRepeated(path, ms), {
    ...{ path: 'one', ms: 300 },
  })
  expect([hook.result(), server.paths()]).toEqual([undefined, ['one']])
  server.only().answer(1)
  await hook.pass(299)
  expect([hook.result(), server.paths()]).toEqual([1, []])
  await hook.pass(1)
  server.only().refuse('no disk')
  await hook.pass(299)
  vi.stubGlobal('document', { visibilityState: 'hidden' })
  await hook.pass(301)
  expect([hook.result(), server.paths()]).toEqual([1, []])
  vi.stubGlobal('document', { visibilityState: 'visible' })
  await hook.pass(300)
  const late = server.only()
  await hook.change({ path: 'two', ms: 300 })
  server.only().answer(2)
  late.answer(3)
  await hook.pass(299)
  expect([hook.result(), server.paths()]).toEqual([2, []])
  await hook.change({ path: 'two', ms: 9 })
  expect(server.paths()).toEqual(['two'])
  server.only().answer(2)
  hook.close()
  await hook.pass(999)
  expect(server.paths()).toEqual([])
})
