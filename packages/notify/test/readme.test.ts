import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { temporaryDirectory } from './directory.ts'

test('the example in the README runs unchanged', async () => {
  const dir = temporaryDirectory()
  const run = join(dir, 'runs/exp-001')
  mkdirSync(run, { recursive: true })
  writeFileSync(join(run, 'hotcb.applied.jsonl'), '')
  writeFileSync(join(run, 'hotcb.notify.yaml'), 'channels: {here: {kind: terminal}}\nrules: [{on: finished}]\n', {
    mode: 0o600,
  })
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
    external: ['nodemailer', 'discord.js', '@slack/*'],
    alias: { '@hotcb/notify/node': fileURLToPath(new URL('../src/node.ts', import.meta.url)) },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
  })
  execFileSync(process.execPath, [outfile], { cwd: dir })
  expect(readFileSync(join(run, 'hotcb.notify.jsonl'), 'utf8')).toMatch(/"kind":"begin".*\n.*"kind":"end"/)
})
