import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { type Compute, loadCompute } from '../src/digits/model.ts'

// Outside the workspace, where no package is installed.
const dir = mkdtempSync(join(tmpdir(), 'demos-without-jax-'))
afterAll(() => rmSync(dir, { recursive: true }))

function module(text: string): () => Promise<Compute> {
  const path = join(dir, `${text.length}.mjs`)
  writeFileSync(path, text)
  return () => import(pathToFileURL(path).href)
}

test('without jax-js, a demo ends with one line that describes how to install it', async () => {
  const load = module("import { nn } from '@jax-js/jax'\nexport { nn }\n")
  await expect(loadCompute({ load })).rejects.toMatchObject({
    code: 'no-backend',
    message: 'the demos need the package `@jax-js/jax`: `npm install @jax-js/jax` adds it',
  })
})

test('another missing module, or any other failure, is not reported as a missing jax-js', async () => {
  await expect(loadCompute({ load: module("import 'another-package'\n") })).rejects.toThrow('another-package')
  await expect(loadCompute({ load: module("throw new Error('@jax-js/jax is broken')\n") })).rejects.toThrow('is broken')
})
