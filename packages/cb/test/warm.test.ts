import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { openRun } from './support.ts'

// In a separate file, because a process loads the compiler only once.
function isCompilerLoaded(): boolean {
  return Object.keys(createRequire(import.meta.url).cache).some((path) => /jiti.dist.babel/.test(path))
}

test('the compiler is loaded before the first step, unless warming up is switched off', () => {
  openRun({ callbacks: { warm: false } }).step(0)
  expect(isCompilerLoaded()).toBe(false)
  openRun()
  expect(isCompilerLoaded()).toBe(true)
})
