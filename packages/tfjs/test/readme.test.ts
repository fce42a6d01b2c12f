import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import * as everything from '../src/index.ts'
import { runDir } from './support.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test('the example of the README runs as printed', async () => {
  const dir = runDir()
  const loader = new URL('../../../scripts/typescript-loader.mjs', import.meta.url).href
  // `@tensorflow/tfjs` consists of the same three packages.
  const parts = "import * as core from '@tensorflow/tfjs-core'\nimport * as layered from '@tensorflow/tfjs-layers'\n"
  const whole = `import '@tensorflow/tfjs-backend-cpu'\n${parts}const tf = { ...core, ...layered }`
  const code = (/```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '')
    .replace("import * as tf from '@tensorflow/tfjs'", whole)
    .replace("'runs/exp1'", JSON.stringify(join(dir, 'run')))
  const args = ['--conditions=@hotcb/source', '--import', loader, '--input-type=module', '-e', code]
  await promisify(execFile)(process.execPath, args, { cwd: fileURLToPath(new URL('..', import.meta.url)) })
  const document = JSON.parse(readFileSync(join(dir, 'run/hotcb.actuators.json'), 'utf8'))
  expect(document.controls.map((one: { param_key: string }) => one.param_key)).toEqual([
    'lr',
    'weight_decay',
    'betas',
    'clip_norm',
  ])
  const state = JSON.parse(readFileSync(join(dir, 'run/hotcb.state.json'), 'utf8'))
  expect([state.step, state.closed]).toEqual([39, true])
})

test('the README names every export', () => {
  for (const name of Object.keys(everything)) expect(readme).toContain(`\`${name}(`)
})
