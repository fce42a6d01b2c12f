import { expect, onTestFinished, test, vi } from 'vitest'
import { catchInterrupt } from '../src/run/interrupt.ts'

/** Catches signals with a clock that only the test moves. */
function caught() {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const calls: string[] = []
  const before = process.listenerCount('SIGINT')
  const on = { first: (signal: string) => void calls.push(signal), again: () => void calls.push('again') }
  const interrupt = catchInterrupt(on, () => performance.now())
  return { calls, interrupt, listeners: () => process.listenerCount('SIGINT') - before }
}

test('an echo of the first signal is ignored for a second, even if the training has ended meanwhile', () => {
  const { calls, interrupt, listeners } = caught()
  process.emit('SIGINT', 'SIGINT')
  vi.advanceTimersByTime(600)
  interrupt.release()
  process.emit('SIGINT', 'SIGINT')
  expect([calls, listeners()]).toEqual([['SIGINT'], 1])
  vi.advanceTimersByTime(400)
  expect([calls, listeners()]).toEqual([['SIGINT'], 0])
})

test('without a signal, or more than a second after it, release stops listening at once', () => {
  const quiet = caught()
  quiet.interrupt.release()
  expect(quiet.listeners()).toBe(0)
  const { interrupt, listeners } = caught()
  process.emit('SIGTERM', 'SIGTERM')
  vi.advanceTimersByTime(1000)
  interrupt.release()
  expect(listeners()).toBe(0)
})
