import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

test('the root entry runs in a browser, and uses no clock and no random numbers', async () => {
  const { metafile, outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../src/index.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    metafile: true,
    conditions: ['@hotcb/source'],
  })
  const foreign = Object.keys(metafile.inputs).filter((input) => /node_modules/.test(input) && !/js-yaml/.test(input))
  expect(foreign).toEqual([])
  expect(Object.keys(metafile.inputs).filter((input) => /packages\/notify\/src\/node/.test(input))).toEqual([])
  expect(outputFiles[0]?.text).not.toMatch(/Date\.now|Math\.random|performance\.now/)
})
