import { expect, onTestFinished, test, vi } from 'vitest'
import { createNodeGuard } from '../src/node.ts'
import type { Caller, UncaughtKind } from '../src/ports.ts'

const warned = vi.hoisted((): string[] => [])
vi.mock('@hotcb/protocol/node', async (original) => ({
  ...(await original<object>()),
  warn: (line: string) => void warned.push(line),
}))

const EVENTS = ['unhandledRejection', 'uncaughtException', 'exit'] as const

/** Removes the listeners of the test runner for the duration of a test. */
function withoutListeners(): void {
  const before = EVENTS.map((event) => [event, process.rawListeners(event)] as const)
  for (const event of EVENTS) process.removeAllListeners(event)
  onTestFinished(() => {
    for (const [event, listeners] of before) {
      process.removeAllListeners(event)
      for (const listener of listeners) process.on(event as 'exit', listener as () => void)
    }
  })
}

/** Emits an event on the process as Node does. */
function emit(event: (typeof EVENTS)[number], value: unknown): void {
  process.emit(event as 'exit', value as number)
}

interface Leak {
  readonly id: string
  readonly error: unknown
  readonly kind: UncaughtKind
}

function openGuard(): { readonly guard: ReturnType<typeof createNodeGuard>; readonly leaks: Leak[] } {
  const leaks: Leak[] = []
  const guard = createNodeGuard({ slowMs: 0, logPath: () => null })
  const leaked = ({ id }: Caller, error: unknown, kind: UncaughtKind): void => void leaks.push({ id, error, kind })
  guard.open(leaked)
  guard.open(leaked)
  return { guard, leaks }
}

// There is only one test in this file, because the listeners are added once per process.
test('errors from a callback are attributed to it, and all others are left to the process', async () => {
  withoutListeners()
  const [first, second] = [openGuard(), openGuard()]
  expect(EVENTS.map((event) => process.listenerCount(event))).toEqual([1, 1, 1])

  const { guard, leaks } = first
  expect(guard.current()).toBe(undefined)
  guard.enter({ id: 'a', number: 1 })
  expect(guard.current()).toEqual({ id: 'a', number: 1 })
  // Work that starts inside a callback belongs to it, even after the callback has returned.
  const later = new Promise<void>((resolve) => {
    setTimeout(() => {
      emit('uncaughtException', 'from a timer')
      resolve()
    }, 1)
  })
  emit('unhandledRejection', 'rejected')
  guard.leave()
  expect(guard.current()).toBe(undefined)
  await later
  expect(leaks).toEqual([
    { id: 'a', error: 'rejected', kind: 'rejection' },
    { id: 'a', error: 'from a timer', kind: 'exception' },
  ])
  second.guard.enter({ id: 'b', number: 2 })
  emit('exit', 5)
  second.guard.leave()
  expect(second.leaks).toEqual([{ id: 'b', error: 5, kind: 'exit' }])
  expect(leaks).toHaveLength(2)
  expect(warned).toEqual(['hotcb: callback `b` terminated the process with code 5'])

  // The process has another listener, which handles the error.
  const thrown: unknown[] = []
  const nextTick = vi.spyOn(process, 'nextTick')
  onTestFinished(() => void nextTick.mockRestore())
  nextTick.mockImplementation((run) => {
    try {
      run()
    } catch (error) {
      thrown.push(error)
    }
  })
  const others: unknown[] = []
  for (const event of ['unhandledRejection', 'uncaughtException'] as const)
    process.on(event, (error: unknown) => others.push(error))
  emit('unhandledRejection', 'own rejection')
  emit('uncaughtException', 'own exception')
  emit('exit', 0)
  expect(others).toEqual(['own rejection', 'own exception'])
  expect(thrown).toEqual([])

  // The process has no other listener, so it ends as it would without callbacks.
  const ours = process.rawListeners('uncaughtException')[0] as (error: unknown) => void
  const oursRejected = process.rawListeners('unhandledRejection')[0] as (error: unknown) => void
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) process.removeAllListeners(event)
  process.on('unhandledRejection', oursRejected)
  process.on('uncaughtException', ours)
  emit('unhandledRejection', 'nobody handles this')
  expect(thrown).toEqual(['nobody handles this'])
  expect(process.listenerCount('unhandledRejection')).toBe(0)
  expect(process.listenerCount('uncaughtException')).toBe(0)
  process.on('uncaughtException', ours)
  emit('uncaughtException', 'nor this')
  expect(thrown).toEqual(['nobody handles this', 'nor this'])
  expect(process.listenerCount('uncaughtException')).toBe(0)
})
