import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

test('the root entry runs in a browser, uses neither a clock nor randomness, and loads only the protocol', async () => {
  const { metafile, outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../src/index.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    metafile: true,
    conditions: ['@hotcb/source'],
  })
  expect(Object.keys(metafile.inputs).filter((input) => !/packages\/(run|protocol)\/src\//.test(input))).toEqual([])
  expect(outputFiles[0]?.text).not.toMatch(/Date\.now|Math\.random|performance\.now|process\.(?!state)/)
})
