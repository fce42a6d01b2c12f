import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { bundle } from './bundle.ts'
import { chromium } from './chromium.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const LOADER = join(ROOT, 'scripts/typescript-loader.mjs')
let directory = ''

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'hyperopt-ts-examples-'))
})

afterAll(() => removeDirectory(directory))

test('the page finds the bottom of a valley in Chromium', async () => {
  for (const entry of ['index', 'analysis']) {
    writeFileSync(join(directory, `${entry}.js`), await bundle(`export * from '@src/${entry}.ts'`, { minify: false }))
  }
  const server = spawn(process.execPath, [join(ROOT, 'examples/hyperopt-browser/serve.js'), '0', directory])
  try {
    const [address] = await once(server.stdout, 'data')
    const options = ['--headless=new', '--no-sandbox', '--disable-gpu', `--user-data-dir=${directory}/profile`]
    const { stdout } = await promisify(execFile)(
      chromium(),
      [...options, '--virtual-time-budget=20000', '--dump-dom', `${String(address).trim()}?fast`],
      { maxBuffer: 1 << 26 },
    )
    expect(/Best of 150: 0\.(\d+)/.exec(stdout)?.[0]).toMatch(/0\.39[89]|0\.40/)
  } finally {
    server.kill()
  }
})

test('the digits network is tuned in one process', () => {
  const program = join(ROOT, 'examples/hyperopt-digits/tune.js')
  const run = execFileSync(process.execPath, ['--conditions=@hotcb/source', '--import', LOADER, program, '12', '96'], {
    encoding: 'utf8',
  })
  const best = Number(/best of 12: loss (\S+)/.exec(run)?.[1])
  // Guessing gives ln 10 = 2.30.
  expect(best).toBeLessThan(1)
  expect(run).toMatch(/stopped at step/)
  expect(run).toMatch(/importance: .*optimizer/)
})

test('the example of the README runs as written', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const program = await bundle(code.replaceAll("'hyperopt-ts'", "'@src/index.ts'"), { minify: false })
  writeFileSync(join(directory, 'readme.mjs'), program)
  const printed = execFileSync(process.execPath, [join(directory, 'readme.mjs')], { encoding: 'utf8' })
  expect(printed).toMatch(/^\{.*\n/)
})
