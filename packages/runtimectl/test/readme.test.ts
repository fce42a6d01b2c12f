import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { acksOf, brief, temporaryFolder } from './queue.ts'

test('the example in the README does what the README describes', async () => {
  const dir = temporaryFolder()
  const folder = fileURLToPath(new URL('..', import.meta.url))
  const [, contents = ''] = /^```js\n([\s\S]*?)^```$/m.exec(readFileSync(join(folder, 'README.md'), 'utf8')) ?? []
  await build({
    stdin: { contents, resolveDir: folder },
    outfile: join(dir, 'example.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@hotcb/source'],
    logLevel: 'silent',
  })
  const { stdout, stderr } = spawnSync(process.execPath, ['example.mjs'], { cwd: dir, encoding: 'utf8' })
  expect({ stdout, stderr }).toEqual({ stdout: '0.05\n', stderr: '' })
  expect(brief(acksOf(join(dir, 'queue'))).length).toBe(1)
})

test('the root entry runs in a browser, and loads no other packages', async () => {
  const { metafile, outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../src/index.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    metafile: true,
    conditions: ['@hotcb/source'],
    logLevel: 'silent',
  })
  expect(Object.keys(metafile.inputs).filter((input) => input.includes('node_modules'))).toEqual([])
  const text = outputFiles.map((file) => file.text).join('')
  expect(text).not.toMatch(/Date\.now|Math\.random|performance\.now|process\.|node:/)
})
