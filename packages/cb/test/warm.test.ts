import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { openRun } from './support.ts'

// In a file of its own: a process loads the compiler once.
function isCompilerLoaded(): boolean {
  return Object.keys(createRequire(import.meta.url).cache).some((path) => /jiti.dist.babel/.test(path))
}

test('the compiler is there before the first step, unless that is not wanted', () => {
  openRun({ callbacks: { warm: false } }).step(0)
  expect(isCompilerLoaded()).toBe(false)
  openRun()
  expect(isCompilerLoaded()).toBe(true)
})
