import { printable } from '@hotcb/protocol'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchCalls } from '../src/node/watchdog-thread.ts'
import { createNodeGuard } from '../src/node.ts'

interface ThreadOptions {
  readonly workerData: { readonly shared: Int32Array; readonly slowMs: number; readonly logPath: string | null }
  readonly eval: boolean
}

const { FakeThread } = vi.hoisted(() => {
  /** A thread that is never started and records its calls. */
  class FakeThread {
    static readonly all: FakeThread[] = []
    readonly options: ThreadOptions
    readonly messages: unknown[] = []
    readonly listeners = new Map<string, (error: Error) => void>()
    terminated = 0
    unrefs = 0

    constructor(_code: string, options: ThreadOptions) {
      this.options = options
      FakeThread.all.push(this)
    }
    on(event: string, listener: (error: Error) => void): void {
      this.listeners.set(event, listener)
    }
    postMessage(message: unknown): void {
      this.messages.push(message)
    }
    terminate(): void {
      this.terminated++
    }
    unref(): void {
      this.unrefs++
    }
  }
  return { FakeThread }
})

vi.mock('node:worker_threads', async (original) => ({ ...(await original<object>()), Worker: FakeThread }))

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  FakeThread.all.length = 0
})

interface Watched {
  readonly shared: Int32Array
  /** Lines of stderr. */
  readonly said: string[]
  readonly logged: () => string
  name(number: number, id: string): void
}

/** The code of the watchdog thread, run here with a clock that the test sets. */
function watch(slowMs: number, canWrite = { stderr: true }): Watched {
  const logPath = '/run/hotcb.log'
  const texts = new Map<string, string>()
  const shared = new Int32Array(3)
  const said: string[] = []
  let listen: (message: { number: number; id: string }) => void = () => {}
  const modules: Record<string, object> = {
    'node:fs': {
      appendFileSync: (path: string, text: string) => texts.set(path, (texts.get(path) ?? '') + text),
      writeSync: (fd: number, text: string) => {
        if (!canWrite.stderr) throw new Error('EAGAIN')
        said.push(`${fd} ${text}`)
      },
    },
    'node:worker_threads': {
      parentPort: { on: (_event: string, listener: typeof listen) => (listen = listener) },
      workerData: { shared, slowMs, logPath },
    },
  }
  watchCalls(((name: string) => modules[name]) as never)
  return { shared, said, logged: () => texts.get(logPath) ?? '', name: (number, id) => listen({ number, id }) }
}

/** Marks callback `number` as running at an event. */
function enter({ shared }: Watched, number: number, event: number, step: number): void {
  shared.set([number, event, step])
}

test('a call that does not return is reported after `slowMs`, then each time its duration has doubled, and at its end', () => {
  const watched = watch(400)
  watched.name(3, 'slow')
  enter(watched, 3, 1, 17)
  vi.advanceTimersByTime(400)
  expect(watched.said).toEqual([])
  vi.advanceTimersByTime(50)
  expect(watched.said).toEqual([
    '2 hotcb: callback `slow` has been running for 0.4 s at step 17: training is waiting for it\n',
  ])
  vi.advanceTimersByTime(350)
  expect(watched.said).toHaveLength(1)
  vi.advanceTimersByTime(1000)
  expect(watched.said.slice(1)).toEqual([
    '2 hotcb: callback `slow` has been running for 0.8 s at step 17: training is waiting for it\n',
    '2 hotcb: callback `slow` has been running for 1.6 s at step 17: training is waiting for it\n',
  ])
  enter(watched, 0, 1, 17)
  vi.advanceTimersByTime(500)
  expect(watched.said.slice(3)).toEqual(['2 hotcb: callback `slow` returned after about 1.8 s\n'])
  expect(watched.logged()).toMatch(
    /^\S+T\S+Z \[cb slow\] has been running for 0\.4 s at step 17: training is waiting for it\n/,
  )
  expect(watched.logged().split('\n')).toHaveLength(5)
})

test('many short calls of one callback do not count as one long call', () => {
  const watched = watch(400)
  for (let event = 1; event < 100; event++) {
    enter(watched, 3, event, event)
    vi.advanceTimersByTime(100)
  }
  for (let number = 1; number < 100; number++) {
    enter(watched, number, 100, 100)
    vi.advanceTimersByTime(100)
  }
  enter(watched, 0, 101, 101)
  vi.advanceTimersByTime(5000)
  expect(watched.said).toEqual([])
})

test('a call after a reported one is measured from its own start', () => {
  const watched = watch(400)
  enter(watched, 3, 1, 1)
  vi.advanceTimersByTime(500)
  enter(watched, 3, 2, 2)
  vi.advanceTimersByTime(300)
  expect(watched.said).toEqual([
    '2 hotcb: callback `3` has been running for 0.4 s at step 1: training is waiting for it\n',
    '2 hotcb: callback `3` returned after about 0.5 s\n',
  ])
  vi.advanceTimersByTime(250)
  expect(watched.said.slice(2)).toEqual([
    '2 hotcb: callback `3` has been running for 0.4 s at step 2: training is waiting for it\n',
  ])
})

test('a call is reported in the log even if stderr cannot be written', () => {
  const watched = watch(400, { stderr: false })
  enter(watched, 1, 1, 1)
  vi.advanceTimersByTime(500)
  expect(watched.logged()).toContain('[cb 1] has been running')
})

test('calls are checked eight times in `slowMs`, and never more often than every 5 ms', () => {
  const checks = vi.spyOn(globalThis, 'setInterval')
  watch(400)
  watch(8)
  expect(checks.mock.calls.map(([, ms]) => ms)).toEqual([50, 5])
})

test('a guard\u2019s thread can read which callback is running, and at which event and step', () => {
  const guard = createNodeGuard({ slowMs: 300, logPath: () => '/tmp/run/hotcb.log' })
  guard.add({ number: 1, id: 'early\u001b' })
  guard.open(() => {})
  guard.open(() => {})
  guard.add({ number: 2, id: 'late' })
  const [thread] = FakeThread.all
  expect(FakeThread.all).toHaveLength(1)
  expect(thread?.unrefs).toBe(1)
  expect(thread?.messages).toEqual([
    { number: 1, id: printable('early\u001b') },
    { number: 2, id: 'late' },
  ])
  const { shared, slowMs, logPath } = thread?.options.workerData ?? {}
  expect([slowMs, logPath, thread?.options.eval]).toEqual([300, '/tmp/run/hotcb.log', true])
  guard.begin(7)
  const event = shared?.[1]
  guard.enter({ number: 2, id: 'late' })
  expect([...(shared ?? [])]).toEqual([2, event, 7])
  guard.leave()
  expect(shared?.[0]).toBe(0)
  guard.begin(2 ** 31 + 5)
  expect(shared?.[1]).not.toBe(event)
  expect(shared?.[2]).toBe(-(2 ** 31) + 5)
  guard.close()
  guard.close()
  expect(thread?.terminated).toBe(1)
})

test('a guard works without its thread if the host forbids threads, and starts no thread if `slowMs` is 0', () => {
  const guard = createNodeGuard({ slowMs: 300, logPath: () => null })
  guard.open(() => {})
  FakeThread.all[0]?.listeners.get('error')?.(new Error('forbidden'))
  guard.add({ number: 1, id: 'a' })
  guard.close()
  expect(FakeThread.all[0]).toMatchObject({ messages: [], terminated: 0 })
  const off = createNodeGuard({ slowMs: 0, logPath: () => null })
  off.open(() => {})
  off.close()
  expect(FakeThread.all).toHaveLength(1)
})
