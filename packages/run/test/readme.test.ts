import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { temporaryDirectory } from './directory.ts'

test('the example of the README runs as written', async () => {
  const dir = temporaryDirectory()
  mkdirSync(join(dir, 'runs/exp-001'), { recursive: true })
  const line =
    '{"seq":1,"module":"opt","op":"set_params","decision":"applied","payload":{"lr":0.1},"old":{"lr":1},"cid":"a"}'
  writeFileSync(join(dir, 'runs/exp-001/hotcb.applied.jsonl'), `${line}\n`)
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const outfile = join(dir, 'example.mjs')
  await build({
    stdin: {
      contents: /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '',
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      loader: 'ts',
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@hotcb/source'],
    alias: {
      '@hotcb/run': fileURLToPath(new URL('../src/index.ts', import.meta.url)),
      '@hotcb/run/node': fileURLToPath(new URL('../src/node.ts', import.meta.url)),
    },
  })
  const output = execFileSync(process.execPath, [outfile], { cwd: dir, encoding: 'utf8' })
  expect(output.trimEnd().split('\n')).toEqual(['dead ', 'asked 1', 'timeout []', '1 lr 1 → 0.1'])
})
