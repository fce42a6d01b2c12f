import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

function print(call: string): string {
  const code = `import * as changelog from './scripts/changelog.mjs'; process.stdout.write(${call})`
  return execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: ROOT, encoding: 'utf8' })
}

test('an entry of a changelog has its summary line in bold and its text below, without a commit hash', () => {
  const entry = print(`changelog.getReleaseLine({ summary: 'Add a thing.\\n\\nIt works.', commit: 'abcdef0123' })`)
  expect(entry).toBe('- **Add a thing.**\n\n  It works.')
})

test('an entry that is one paragraph is not bold', () => {
  const entry = print(`changelog.getReleaseLine({ summary: 'Adds a thing\\nthat works.', commit: 'abcdef0123' })`)
  expect(entry).toBe('- Adds a thing\n  that works.')
})

test('the updated dependencies of a version are one line', () => {
  const dependencies = `[{ name: 'a', newVersion: '0.2.0' }, { name: 'b', newVersion: '0.2.0' }]`
  expect(print(`changelog.getDependencyReleaseLine([], ${dependencies})`)).toBe(
    '- Updated dependencies: a 0.2.0, b 0.2.0.',
  )
  expect(print('changelog.getDependencyReleaseLine([], [])')).toBe('')
})

test('changeset writes changelogs in this format', () => {
  const config: unknown = JSON.parse(readFileSync(join(ROOT, '.changeset/config.json'), 'utf8'))
  expect(config).toMatchObject({ changelog: '../scripts/changelog.mjs' })
})
