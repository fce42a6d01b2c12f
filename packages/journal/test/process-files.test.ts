import { afterEach, expect, test, vi } from 'vitest'
import { processStart, processStartOf, processState } from '../src/index.ts'
import { callsOf, failing, restore } from './system.ts'

vi.mock('node:fs', async (importOriginal) => {
  const { observed } = await import('./system.ts')
  return observed(await importOriginal<object>())
})

afterEach(restore)

test.runIf(process.platform === 'linux')('each record of a process is closed after it has been read', () => {
  const start = processStart()
  restore()
  expect([processState(process.pid, start), processStartOf(process.pid)]).toEqual(['running', start])
  expect([callsOf('openSync'), callsOf('closeSync')]).toEqual([2, 2])
  failing('readSync', 'EIO')
  expect(processState(process.pid, start)).toBe('unknown')
  expect([callsOf('openSync'), callsOf('closeSync')]).toEqual([3, 3])
})
