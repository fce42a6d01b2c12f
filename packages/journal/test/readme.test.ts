import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildJournal } from './built.ts'

test('the example of the README runs as written', () => {
  const directory = mkdtempSync(join(tmpdir(), 'journal-readme-'))
  try {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
    const script = example.replace("'@hotcb/journal'", JSON.stringify(buildJournal(directory)))
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: directory,
      encoding: 'utf8',
    })
    expect(output).toBe("0 { module: 'opt', params: { lr: 0.001 } }\n")
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
