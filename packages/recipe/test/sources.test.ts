import type { RecipeEntry } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { capturedSourceOf, missingSources } from '../src/index.ts'

function entryOf(more: Partial<RecipeEntry>): RecipeEntry {
  return { at: { step: 1, event: null, call: null }, module: 'cb', op: 'load', id: 'probe', ...more }
}

const SOURCE = { sha256: 'abc', captured_path: 'hotcb.sources/abc/probe.py' }

test('an entry has a captured source only if both the hash and the path are strings', () => {
  expect(capturedSourceOf(entryOf({ source_capture: SOURCE }))).toEqual(SOURCE)
  for (const source_capture of [
    null,
    {},
    { sha256: 'abc' },
    { captured_path: 'x' },
    { sha256: 1, captured_path: 'x' },
  ]) {
    expect(capturedSourceOf(entryOf({ source_capture: source_capture as never }))).toBeNull()
  }
})

test('an entry whose source is missing is reported with the path and the folder that should exist', () => {
  const entries = [entryOf({}), entryOf({ source_capture: SOURCE }), entryOf({ source_capture: SOURCE })]
  expect(missingSources(entries, () => '/here')).toEqual([])
  const missing = missingSources(entries, () => null)
  expect(missing.map(({ index, key }) => [index, key])).toEqual([
    [1, null],
    [2, null],
  ])
  expect(missing[0]?.reason).toMatch(
    /^`source_capture.captured_path` "hotcb.sources\/abc\/probe.py": the file does not exist: the folder `hotcb.sources` /,
  )
})
