import { expect, test } from 'vitest'
import { placesOfSource, runFiles } from '../src/index.ts'

const BASES = { run: '/run', working: '/here', recipe: '/recipes' }
const stored = `${runFiles.sources}/abc/probe.py`

test('a source is looked up at its path, in the store of the run, and next to the recipe, in that order', () => {
  expect(placesOfSource({ sha256: 'abc', captured_path: 'deep/abc/probe.py' }, BASES)).toEqual([
    '/run/deep/abc/probe.py',
    '/here/deep/abc/probe.py',
    `/run/${stored}`,
    '/recipes/deep/abc/probe.py',
    `/recipes/${stored}`,
  ])
})

test('without a recipe no folder next to one is searched, and no place is tried twice', () => {
  expect(placesOfSource({ sha256: 'abc', captured_path: stored }, { ...BASES, working: '/run', recipe: null })).toEqual(
    [`/run/${stored}`],
  )
})

test('a path without its hash is looked up in the store by the whole path', () => {
  expect(placesOfSource({ sha256: 'abc', captured_path: 'probe.py' }, BASES)).toContain(
    `/run/${runFiles.sources}/probe.py`,
  )
})

test.each(['/abc/probe.py', '\\\\host\\abc\\probe.py', 'C:\\abc\\probe.py', 'd:/abc/probe.py'])(
  'an absolute path is the only place: %s',
  (path) => {
    expect(placesOfSource({ sha256: 'abc', captured_path: path }, BASES)).toEqual([path])
  },
)
