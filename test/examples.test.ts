import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { removeDirectory } from './remove-directory.ts'
import { installedIn, installWithNpm, pack, ROOT, run, withDependencies, workspacePackages } from './tarballs.ts'

const all = workspacePackages()
const temporary = mkdtempSync(join(tmpdir(), 'hotcb-examples-'))
afterAll(() => removeDirectory(temporary))

/** Copies an example out of the clone and installs its dependencies, as npm would from the registry. */
function takeHome(name: string, files: readonly string[] = ['train.js']): string {
  const from = join(ROOT, 'examples', name)
  const { dependencies } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'))
  const named = Object.keys(dependencies)
  const tarballs = pack(withDependencies(named, all), join(temporary, `${name}-tarballs`))
  const dir = join(temporary, name)
  mkdirSync(dir)
  installWithNpm(dir, [...tarballs.values()])
  for (const file of files) cpSync(join(from, file), join(dir, file))
  const manifest = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ ...manifest, type: 'module' }))
  return dir
}

function ledgerOf(dir: string): Record<string, unknown>[] {
  const lines = readFileSync(join(dir, 'run/hotcb.applied.jsonl'), 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line))
}

test('kernel-only installs the kernel, and its own module is steered', () => {
  const dir = takeHome('kernel-only')
  expect(installedIn(dir).filter((name) => name.startsWith('@hotcb/'))).not.toContain('@hotcb/metrics')
  expect(run('node', ['train.js'], dir)).toMatch(
    /^slope (2\.99|3\.00)\d+, noisy share 0, 2 lines in the ledger of run\n$/,
  )
  expect(ledgerOf(dir)[1]).toMatchObject({ step: 500, module: 'mix', decision: 'applied', old: { noisy: 0.5 } })
})

test('bare-loop learns, and a second start continues where the first one ended', () => {
  const dir = takeHome('bare-loop')
  mkdirSync(join(dir, 'run'))
  const change = { module: 'opt', op: 'set_params', params: { lr: 0.01 }, at: { step: 700 } }
  appendFileSync(join(dir, 'run/hotcb.commands.jsonl'), `${JSON.stringify({ cid: 'a', ...change })}\n`)
  run('node', ['train.js', 'run', '800'], dir)
  const inTwo = run('node', ['train.js', 'run', '2000'], dir)
  expect(ledgerOf(dir).filter((line) => line['module'] === 'opt')).toMatchObject([
    { step: 700, of: null, cid: 'a' },
    { step: 700, of: 3, source: 'history' },
  ])
  rmSync(join(dir, 'run'), { recursive: true })
  mkdirSync(join(dir, 'run'))
  appendFileSync(join(dir, 'run/hotcb.commands.jsonl'), `${JSON.stringify({ cid: 'a', ...change })}\n`)
  expect(run('node', ['train.js', 'run', '2000'], dir)).toBe(inTwo)
  expect(inTwo).toMatch(/^step 2000: 9\d\.\d % right/)
})

test('several-ranks applies a change on every rank at its step, and continues where it ended', () => {
  const dir = takeHome('several-ranks')
  const change = (cid: string, step: number, module: string, params: object): void =>
    appendFileSync(
      join(dir, 'run/hotcb.commands.jsonl'),
      `${JSON.stringify({ cid, module, op: 'set_params', params, at: { step } })}\n`,
    )
  const start = (): void => {
    removeDirectory(join(dir, 'run'))
    mkdirSync(join(dir, 'run'))
    change('a', 300, 'opt', { lr: 0.02 })
    change('b', 700, 'loss', { l2_w: 0.01 })
  }
  start()
  run('node', ['train.js', 'run', '600', '4'], dir)
  const inTwo = run('node', ['train.js', 'run', '1200', '4'], dir)
  start()
  const whole = run('node', ['train.js', 'run', '1200', '4'], dir)
  expect(inTwo).toBe(whole)
  expect(whole).toMatch(/^step 1200: 9\d\.\d % right; 4 ranks, same weights: \[/)
  expect(ledgerOf(dir).filter((line) => line['module'] !== 'core')).toMatchObject([
    { step: 300, cid: 'a', decision: 'applied', ranks: null },
    { step: 700, cid: 'b', decision: 'applied', ranks: null },
  ])
  const onTwo = run('node', ['train.js', 'other', '1200', '2'], dir)
  expect(onTwo).toMatch(/^step 1200: 9\d\.\d % right; 2 ranks, same weights: \[/)
})

test('callbacks are loaded, broken, repaired and unloaded while the example trains', () => {
  const dir = takeHome('callbacks', ['train.js', 'without-kernel.js', 'weight-norm.ts'])
  const printed = run('node', ['train.js'], dir)
  expect(printed).toContain('step 120  cb load: failed, by external')
  expect(printed).toContain('step 201  cb disable: applied, by kernel')
  expect(printed).toMatch(/loss 0\.1\d+ after 400 steps/)
  expect(run('node', ['without-kernel.js'], dir)).toMatch(/rate 0\.05; 200 calls of norm\n$/)
})

test('registered-controls applies and acks each command once, even if it is killed', () => {
  const dir = takeHome('registered-controls')
  expect(run('node', ['train.js', 'run'], dir)).toMatch(
    /^optimizer\.lr\.multiplier: applied \[0\.5\]\n.*killed at step 230; slope 3\.00\d+, lr 0\.05 after 600 steps; see run\n$/s,
  )
  const program = join(ROOT, 'apps/cli/bin/runtimectl.js')
  expect(JSON.parse(run('node', [program, '-q', 'run/queue', 'status', '--last', '1'], dir))).toEqual({
    queue_dir: 'run/queue',
    commands: 6,
    acks: 6,
    last_acks: [expect.objectContaining({ status: 'rejected', error: 'unknown path: optimizer.lr.multiplyer' })],
  })
})

test('tuned-digits corrects a rate that is too low, and its loss is below that of the same run without a tuner', () => {
  const dir = takeHome('tuned-digits')
  const lossOf = (text: string): number => Number(/loss (\d+\.\d+)/.exec(text)?.[1])
  const tuned = lossOf(run('node', ['train.js', 'run', 'active', '1200'], dir))
  const untouched = lossOf(run('node', ['train.js', 'run2', 'off', '1200'], dir))
  expect(tuned).toBeLessThan(0.75 * untouched)
  const judged = ledgerOf(dir).filter(({ module, op }) => module === 'tune' && op === 'judge')
  expect(judged.length).toBeGreaterThan(1)
})
