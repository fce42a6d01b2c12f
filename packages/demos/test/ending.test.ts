import type { Kernel } from '@hotcb/kernel'
import type { ApplyResult } from '@hotcb/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { createEnding } from '../src/run/ending.ts'
import { catchInterrupt } from '../src/run/interrupt.ts'

const GOES_ON: ApplyResult = { stop: false, paused: false, rewound: null, degraded: false, superseded: false }
const SAVE = { module: 'core', op: 'checkpoint', params: { action: 'save' }, source: 'trainer' }

function ended() {
  const sent: object[] = []
  const stop = new AbortController()
  const kernel: Pick<Kernel, 'signal' | 'submit'> = {
    signal: stop.signal,
    submit(op) {
      sent.push(op)
      return ''
    },
  }
  // An ending uses no other part of a kernel.
  return { ending: createEnding(kernel as Kernel), sent, stop: () => stop.abort() }
}

test('a loop without a signal or a stop continues, and saves only when a checkpoint is due', () => {
  const { ending, sent } = ended()
  ending.arrive(false)
  expect([ending.isNear, ending.leave(GOES_ON, 1, null), sent]).toEqual([false, false, []])
  ending.arrive(true)
  expect([ending.leave(GOES_ON, 2, 2), sent]).toEqual([false, [SAVE]])
  ending.arrive(false)
  ending.leave(GOES_ON, 3, 2)
  ending.arrive(true)
  expect(sent).toEqual([SAVE, SAVE])
})

test('after a signal, the next safe point saves a checkpoint with the signal as its note, and is the last one', () => {
  const { ending, sent } = ended()
  ending.interrupt('SIGTERM')
  expect([ending.isNear, sent]).toEqual([true, []])
  ending.arrive(false)
  expect(sent).toEqual([{ ...SAVE, note: 'SIGTERM' }])
  expect(ending.leave(GOES_ON, 7, 7)).toBe(true)
})

test('a signal within a safe point, such as during a pause, saves there and ends the pause', () => {
  const { ending, sent } = ended()
  ending.arrive(false)
  ending.interrupt('SIGINT')
  const stop = { module: 'core', op: 'stop', params: { reason: 'SIGINT' }, source: 'trainer' }
  expect(sent).toEqual([{ ...SAVE, note: 'SIGINT' }, stop])
  expect(ending.leave({ ...GOES_ON, stop: true }, 5, 5)).toBe(true)
})

test('a stop whose checkpoint is saved ends the loop at that step', () => {
  const { ending, sent, stop } = ended()
  ending.arrive(false)
  stop()
  expect(sent).toEqual([SAVE])
  expect(ending.leave({ ...GOES_ON, stop: true }, 5, 5)).toBe(true)
})

test('after a stop that came too late for its checkpoint, one more step is trained and saved without a second request', () => {
  const { ending, sent, stop } = ended()
  ending.arrive(false)
  stop()
  expect(ending.leave({ ...GOES_ON, stop: true }, 5, 4)).toBe(false)
  expect(ending.isNear).toBe(true)
  ending.arrive(false)
  expect(sent).toEqual([SAVE])
  expect(ending.leave({ ...GOES_ON, stop: true }, 6, 6)).toBe(true)
})

test('a run that another process owns ends immediately', () => {
  const { ending } = ended()
  ending.arrive(false)
  expect(ending.leave({ ...GOES_ON, superseded: true }, 1, null)).toBe(true)
})

/** Catches signals; `send` calls only the listeners that were added for them. */
function caught() {
  const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const before = new Map(SIGNALS.map((signal) => [signal, process.listeners(signal)]))
  const seen: string[] = []
  const clock = { ms: 0 }
  const on = { first: (signal: string) => void seen.push(signal), again: () => void seen.push('again') }
  const interrupt = catchInterrupt(on, () => clock.ms)
  onTestFinished(() => interrupt.release())
  const added = (signal: (typeof SIGNALS)[number]) =>
    process.listeners(signal).filter((one) => !before.get(signal)?.includes(one))
  const send = (signal: (typeof SIGNALS)[number]): void => {
    for (const listener of added(signal)) listener(signal)
  }
  return { interrupt, seen, clock, send, count: () => SIGNALS.map((signal) => added(signal).length) }
}

test('the first signal is kept, and another one counts only if it arrives at least a second later', () => {
  const { interrupt, seen, clock, send } = caught()
  expect(interrupt.signal).toBeNull()
  send('SIGTERM')
  clock.ms = 999
  send('SIGINT')
  expect([interrupt.signal, seen]).toEqual(['SIGTERM', ['SIGTERM']])
  clock.ms = 1000
  send('SIGINT')
  send('SIGTERM')
  expect(seen).toEqual(['SIGTERM', 'again', 'again'])
})

test('a closed terminal counts only as the first signal', () => {
  const { seen, clock, send } = caught()
  send('SIGHUP')
  clock.ms = 5000
  send('SIGHUP')
  expect(seen).toEqual(['SIGHUP'])
  send('SIGINT')
  expect(seen).toEqual(['SIGHUP', 'again'])
})

test('after the release, no signal is caught', () => {
  const { interrupt, count } = caught()
  expect(count()).toEqual([1, 1, 1])
  interrupt.release()
  expect(count()).toEqual([0, 0, 0])
})
