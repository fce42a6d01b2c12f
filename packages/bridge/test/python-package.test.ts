import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { VERSION } from '../src/node/version.ts'

const textOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

test('the Python package, the sidecar and the npm package have the same version and wire version', () => {
  const { version } = JSON.parse(textOf('../package.json'))
  const python = /__version__ = "(.*)"/.exec(textOf('../python/src/hotcb_bridge/_version.py'))?.[1]
  expect([VERSION, python]).toEqual([version, version])
  expect(textOf('../python/src/hotcb_bridge/_wire.py')).toContain('WIRE_VERSION = 1\n')
  expect(textOf('../src/wire.ts')).toContain('WIRE_VERSION = 1\n')
})
