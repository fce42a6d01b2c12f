import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { removeDirectory } from './remove-directory.ts'

const ROOT = join(import.meta.dirname, '..')
const WRITTEN = [
  'packages/kernel/src/version.ts',
  'packages/bridge/src/node/version.ts',
  'packages/bridge/python/src/hotcb_bridge/_version.py',
  'apps/dashboard/src/server/version.ts',
]

function manifestOf(file: string): string {
  return join(file.split('/').slice(0, 2).join('/'), 'package.json')
}

test('every version in the sources is that of its package', () => {
  for (const file of WRITTEN) {
    const { version } = JSON.parse(readFileSync(join(ROOT, manifestOf(file)), 'utf8'))
    expect(readFileSync(join(ROOT, file), 'utf8'), file).toMatch(
      new RegExp(`VERSION(?:__)? = '${version}'|__version__ = "${version}"`),
    )
  }
})

test('a release writes the raised version into all of these sources', () => {
  const copy = mkdtempSync(join(tmpdir(), 'hotcb-versions-'))
  onTestFinished(() => removeDirectory(copy))
  for (const file of WRITTEN) {
    cpSync(join(ROOT, file), join(copy, file), { recursive: true })
    const manifest = JSON.parse(readFileSync(join(ROOT, manifestOf(file)), 'utf8'))
    writeFileSync(join(copy, manifestOf(file)), JSON.stringify({ ...manifest, version: '7.8.9' }))
  }
  execFileSync('node', [join(ROOT, 'scripts/write-versions.mjs'), copy])
  for (const file of WRITTEN) expect(readFileSync(join(copy, file), 'utf8'), dirname(file)).toContain('7.8.9')
})
