import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

function bundle(entry: string): Promise<{ readonly inputs: readonly string[]; readonly text: string }> {
  return build({
    entryPoints: [fileURLToPath(new URL(`../src/${entry}`, import.meta.url))],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    metafile: true,
    logLevel: 'silent',
  }).then(({ metafile, outputFiles }) => ({
    inputs: Object.keys(metafile.inputs),
    text: outputFiles.map((file) => file.text).join(''),
  }))
}

test('the root entry runs in a browser, and loads no schema library', async () => {
  const { inputs, text } = await bundle('index.ts')
  expect(inputs.filter((input) => input.includes('node_modules'))).toEqual([])
  expect(text).not.toMatch(/Date\.now|Math\.random|performance\.now|process\./)
})

test('the schemas run in a browser, and load only valibot', async () => {
  const { inputs } = await bundle('schemas.ts')
  const foreign = inputs.filter((input) => input.includes('node_modules'))
  expect(foreign.filter((input) => !input.includes('/valibot/'))).toEqual([])
})
