import { expect, onTestFinished, test, vi } from 'vitest'
import { crashPoint } from '../src/node/crash-point.ts'

test('a process is killed or suspended at the point that a test names, the first time or a later time', () => {
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true)
  onTestFinished(() => {
    kill.mockRestore()
    for (const name of ['HOTCB_CRASH_AT', 'HOTCB_STOP_AT']) delete process.env[name]
  })
  const signals = () => kill.mock.calls.splice(0).map(([pid, signal]) => (pid === process.pid ? signal : pid))
  crashPoint('a')
  process.env['HOTCB_CRASH_AT'] = 'a#2'
  crashPoint('b')
  crashPoint('a')
  expect(signals()).toEqual([])
  crashPoint('a')
  expect(signals()).toEqual(['SIGKILL'])
  crashPoint('a')
  expect(signals()).toEqual([])
  process.env['HOTCB_STOP_AT'] = 'b'
  crashPoint('b')
  expect(signals()).toEqual(['SIGSTOP'])
  crashPoint('b')
  expect(signals()).toEqual([])
})
