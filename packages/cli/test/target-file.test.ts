import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isSpecial, writeTarget } from '../src/commands/recipe/target-file.ts'
import { temporaryDirectory } from './hotcb.ts'

test('a device is not a file that can be replaced', () => {
  const dir = temporaryDirectory()
  writeFileSync(join(dir, 'file'), '')
  mkdirSync(join(dir, 'folder'))
  const paths = ['/dev/null', join(dir, 'file'), join(dir, 'folder'), join(dir, 'missing')]
  expect(paths.map(isSpecial)).toEqual([true, false, false, false])
  expect(writeTarget(dir, join(dir, 'file'), 'text')).toBe(join(dir, 'file'))
  expect(readFileSync(join(dir, 'file'), 'utf8')).toBe('text')
})
