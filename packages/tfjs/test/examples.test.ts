import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { ledger, runDir } from './support.ts'

const root = new URL('../../../', import.meta.url)
const loader = new URL('scripts/typescript-loader.mjs', root).href

/** Runs an example in its own process, with the sources of this workspace. */
async function run(name: string, dir: string): Promise<string> {
  const path = fileURLToPath(new URL(`examples/tfjs-digits/${name}`, root))
  const args = ['--conditions=@hotcb/source', '--import', loader, path, dir]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return stdout
}

test('model.fit learns the digits, and a live change of the rate is in the ledger', async () => {
  const dir = runDir()
  expect(await run('fit.mjs', dir)).toMatch(
    /^step 90: applied {"lr":0.1,"clip_norm":0} -> {"lr":0.02,"clip_norm":5}\naccuracy 0\.9\d\d on 360 digits/,
  )
  expect(ledger(dir)).toHaveLength(1)
})

test('a tuner raises a rate that is too low, and reports each change compared with the same steps without it', async () => {
  const dir = runDir()
  const printed = await run('tuned.mjs', dir)
  expect(printed).toMatch(/m_00001 accepted: val_loss [\d.]+ with it, [\d.]+ without it\n/)
  const [first] = ledger(dir).filter((line) => line.op === 'judge')
  expect(first).toMatchObject({ payload: { m: 'm_00001', decision: 'accepted', effect: { metric: 'val_loss' } } })
})

test('a bare loop learns the digits, and a ramp of a loss term is in the ledger', async () => {
  const dir = runDir()
  expect(await run('loop.mjs', dir)).toMatch(/^step 100: applied .*\naccuracy 0\.9\d\d on 360 digits/)
  expect(ledger(dir)).toMatchObject([{ step: 100, old: { lr: 0.01, smallness: 0 } }])
})

test('a training run that starts with a rate far too high is rescued by the autopilot, and learns the digits', async () => {
  expect(await run('rescue.mjs', runDir())).toMatch(
    /^(step \d+: applied load auto-start .*\n)+accuracy 0\.9\d\d on 360 digits; rate 0\.1/,
  )
})
