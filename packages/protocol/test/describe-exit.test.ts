import { expect, test } from 'vitest'
import { describeExit } from '../src/index.ts'

test('the end of a process is described by its exit code, or by the signal that ended it', () => {
  expect([describeExit(0, null), describeExit(4, null)]).toEqual(['exited with code 0', 'exited with code 4'])
  expect(describeExit(null, 'SIGKILL')).toBe('was killed (SIGKILL)')
})
