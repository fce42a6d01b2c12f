import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { findConfigFile, readConfigFile } from '../src/node.ts'

function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-launch-config-'))
  onTestFinished(() => removeDirectory(dir))
  return dir
}

test('a directory has at most one config file, in either format', () => {
  const dir = directory()
  expect(findConfigFile(dir)).toBeUndefined()
  writeFileSync(join(dir, 'hotcb.launch.json'), '{"config": "simple"}')
  expect(readConfigFile(findConfigFile(dir) ?? '')).toEqual({ config: 'simple' })
  writeFileSync(join(dir, 'hotcb.launch.yaml'), 'config: simple\n')
  expect(() => findConfigFile(dir)).toThrow('there are two config files')
})

test('a config file that cannot be read is reported by name with the reason', () => {
  const dir = directory()
  symlinkSync('nowhere', join(dir, 'hotcb.launch.yaml'))
  expect(() => readConfigFile(findConfigFile(dir) ?? '')).toThrow(
    /^the config file `.*hotcb\.launch\.yaml` does not exist$/,
  )
  mkdirSync(join(dir, 'folder'))
  expect(() => readConfigFile(join(dir, 'folder'))).toThrow(/^cannot read `.*folder`: it is a directory \(EISDIR\)$/)
  expect(() => readConfigFile('/dev/zero')).toThrow('larger than the limit of 64 MiB')
})
