import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { buildProgram, hotcb, temporaryDirectory } from './program.ts'

beforeAll(() => {
  buildProgram()
})

const PAGE = readFileSync(fileURLToPath(new URL('../../../docs/agents.md', import.meta.url)), 'utf8')
const ROWS = [...PAGE.matchAll(/^\| `([a-z -]+)` \| ((?:`\w+`(?:, )?)+) \|$/gm)].map(([, command = '', keys = '']) => ({
  command,
  keys: keys.split(', ').map((key) => key.slice(1, -1)),
}))

test('the page for agents lists the keys of JSON answers', () => {
  expect(ROWS.length).toBeGreaterThan(6)
})

test.each(ROWS)(
  '`$command --json` prints one object with the keys that the page for agents lists',
  async ({ command, keys }) => {
    const dir = temporaryDirectory()
    await hotcb(['--dir', dir, 'init'])
    writeFileSync(join(dir, 'hotcb.metrics.jsonl'), '{"step":0,"metrics":{"loss":1}}\n')
    const { out } = await hotcb(['--dir', dir, ...command.split(' '), '--json'])
    expect(out.trim().split('\n')).toHaveLength(1)
    expect(Object.keys(JSON.parse(out)).sort()).toEqual([...keys].sort())
  },
)

test('an error is one object too, with its exit code', async () => {
  const { code, out, err } = await hotcb(['--dir', temporaryDirectory(), 'status', '--json'])
  expect(JSON.parse(out)).toMatchObject({ error: expect.any(String), exit_code: code })
  expect([code === 0, err]).toEqual([false, ''])
})
