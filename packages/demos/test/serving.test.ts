import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { runDemo } from '../src/index.ts'

const dirs: string[] = []

afterEach(() => {
  for (const dir of dirs.splice(0)) removeDirectory(dir)
})

function demo() {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-serving-'))
  dirs.push(dir)
  let printed = ''
  const screen = {
    isTerminal: false,
    columns: () => 80,
    write: (text: string) => {
      printed += text
    },
  }
  return { dir, options: { dir, maxSteps: 5, screen, command: 'hotcb' }, printed: () => printed }
}

test('the dashboard is started before the first step, announced, and closed with the training', async () => {
  const { dir, options, printed } = demo()
  const said: string[] = []
  const serve = async (runDir: string) => {
    said.push(`start ${runDir}`)
    return { address: 'http://127.0.0.1:8422', notes: ['8421 is taken'], close: async () => void said.push('close') }
  }
  expect(await runDemo({ ...options, serve })).toBe(0)
  expect(said).toEqual([`start ${dir}`, 'close'])
  const text = printed()
  expect(text.indexOf('Dashboard: http://127.0.0.1:8422\n(`--no-serve` trains without it.)\n8421 is taken\n')).toBe(0)
  expect(text).toContain(`hotcb serve --dir ${dir}`)
})

test('a dashboard that cannot start is reported, and the training continues', async () => {
  const { options, printed } = demo()
  const serve = async () => {
    throw new Error('no port is free')
  }
  expect(await runDemo({ ...options, serve })).toBe(0)
  expect(printed()).toContain(
    'The dashboard could not be started, the training continues without it: no port is free\n',
  )
  expect(printed()).toContain('Done:')
})
