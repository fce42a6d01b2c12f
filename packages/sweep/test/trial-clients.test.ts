import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createSeriesReader } from '../src/node/series-reader.ts'
import { PYTHON_CLIENT } from '../src/node/trial/python-client.ts'
import { SHELL_CLIENT } from '../src/node/trial/shell-client.ts'
import { finalMetrics, metricSeries } from '../src/node.ts'
import { openTrial, TrialPruned } from '../src/trial.ts'

const made: string[] = []
afterEach(() => {
  for (const root of made.splice(0)) rmSync(root, { recursive: true, force: true })
})

interface Place {
  readonly results: string
  readonly env: NodeJS.ProcessEnv
}

function workspace(): Place {
  const root = mkdtempSync(join(tmpdir(), 'trial-'))
  made.push(root)
  const state = join(root, '.hyperherd')
  mkdirSync(join(state, 'results/3'), { recursive: true })
  mkdirSync(join(state, 'clients'))
  writeFileSync(join(state, 'manifest.json'), '[]\n')
  writeFileSync(join(state, 'clients/hotcb_trial.py'), PYTHON_CLIENT)
  writeFileSync(join(state, 'clients/trial.sh'), SHELL_CLIENT)
  const env = { PATH: process.env['PATH'], HYPERHERD_WORKSPACE: root, HYPERHERD_TRIAL_ID: '3', HYPERHERD_ATTEMPT: '2' }
  return { results: join(state, 'results'), env }
}

/** Each client writes the same results: two steps of a curve, one of them not a number, and two final values. */
const WRITERS: Readonly<Record<string, (place: Place) => void>> = {
  TypeScript({ env }) {
    const trial = openTrial(env)
    trial.logResult('val/loss', 0.5, 10)
    trial.logResult('val/loss', Number.NaN, 20)
    trial.logResult('acc', 0.25)
    trial.logResult('n', 3)
    trial.logResult('acc', 0.75)
  },
  Python({ env, results }) {
    const program = [
      'from hotcb_trial import log_result',
      'log_result("val/loss", 0.5, 10)',
      'log_result("val/loss", float("nan"), step=20)',
      'for name, value in [("acc", 0.25), ("n", 3), ("acc", 0.75)]: log_result(name, value)',
    ].join('\n')
    execFileSync('python3', ['-c', program], { env: { ...env, PYTHONPATH: join(results, '../clients') } })
  },
  shell({ env }) {
    const program = [
      '. "$HYPERHERD_WORKSPACE/.hyperherd/clients/trial.sh"',
      'log_result val/loss .5 10',
      'log_result val/loss nan 20',
      'log_result acc 0.25; log_result n 03; log_result acc 0.75',
    ].join('\n')
    execFileSync('sh', ['-e', '-c', program], { env })
  },
}

for (const [language, write] of Object.entries(WRITERS)) {
  test(`results that a trial reports in ${language} are read back, and a value that is not a number as null`, () => {
    const place = workspace()
    write(place)
    const { results } = place
    const points = metricSeries(results, 3).get('val/loss')
    expect(points?.map(({ step, value }) => [step, value])).toEqual([
      [10, 0.5],
      [20, null],
    ])
    expect(createSeriesReader(results, 'val/loss').read(3)).toEqual(points)
    expect([...finalMetrics(results, 3)].sort()).toEqual([
      ['acc', 0.75],
      ['n', 3],
    ])
    expect(JSON.parse(readFileSync(join(results, '3/hotcb.metrics.jsonl'), 'utf8').split('\n')[0] ?? '')).toMatchObject(
      {
        step: 10,
        metrics: { 'val/loss': 0.5 },
      },
    )
  })
}

test('a trial that is asked to stop is notified after its value was written, in each language', () => {
  const place = workspace()
  writeFileSync(join(place.results, '3/_signal'), 'pause')
  const { env, results } = place
  expect(() => openTrial(env).logResult('loss', 1, 1)).toThrow(TrialPruned)
  expect(() => openTrial(env).logResult('final', 1)).not.toThrow()
  const inShell = '. "$HYPERHERD_WORKSPACE/.hyperherd/clients/trial.sh"; log_result loss 2 2; echo $?; trial_signal'
  expect(execFileSync('sh', ['-c', inShell], { env, encoding: 'utf8' })).toBe('75\npause\n')
  const inPython = [
    'from hotcb_trial import TrialPruned, log_result',
    'try: log_result("loss", 3, 3)',
    'except TrialPruned as asked: print(asked.action, asked.index)',
  ].join('\n')
  const python = execFileSync('python3', ['-c', inPython], {
    env: { ...env, PYTHONPATH: join(results, '../clients') },
    encoding: 'utf8',
  })
  expect(python).toBe('pause 3\n')
  expect(
    metricSeries(results, 3)
      .get('loss')
      ?.map(({ value }) => value),
  ).toEqual([1, 2, 3])
})

test('only rank 0 writes, and outside of a trial each client reports what is missing', () => {
  const { env, results } = workspace()
  openTrial({ ...env, RANK: '1' }).logResult('loss', 1, 1)
  const client = '. "$HYPERHERD_WORKSPACE/.hyperherd/clients/trial.sh"; log_result loss 2 2'
  execFileSync('sh', ['-c', client], { env: { ...env, SLURM_PROCID: '1' } })
  expect(metricSeries(results, 3).size).toBe(0)
  expect(() => openTrial({})).toThrow('HYPERHERD_WORKSPACE is not set')
  const said = spawnSync('python3', ['-c', 'import hotcb_trial; hotcb_trial.log_result("loss", 1, 1)'], {
    env: { PATH: env['PATH'], PYTHONPATH: join(results, '../clients') },
    encoding: 'utf8',
  })
  expect(said.stderr).toContain('RuntimeError: HYPERHERD_WORKSPACE is not set')
})

test('names that lead out of the stream folder are refused in each language', () => {
  const { env, results } = workspace()
  const names = ['../x', '/x', 'a//b', '', '..', 'a/../b']
  for (const name of names) {
    expect(() => openTrial(env).logResult(name, 1, 1)).toThrow(RangeError)
    const sh = '. "$HYPERHERD_WORKSPACE/.hyperherd/clients/trial.sh"; log_result "$1" 1 1'
    expect(spawnSync('sh', ['-c', sh, 'sh', name], { env }).status, name).toBe(2)
  }
  const inPython = `
import json, sys
from hotcb_trial import log_result
for name in json.loads(sys.argv[1]):
    try: log_result(name, 1, 1)
    except ValueError: continue
    print(name)`
  const python = execFileSync('python3', ['-c', inPython, JSON.stringify(names)], {
    env: { ...env, PYTHONPATH: join(results, '../clients') },
    encoding: 'utf8',
  })
  expect(python).toBe('')
})

test('values of an earlier attempt count up to the step at which the next attempt begins', () => {
  const { env, results } = workspace()
  const reader = createSeriesReader(results, 'loss')
  const first = openTrial({ ...env, HYPERHERD_ATTEMPT: '1' })
  for (const step of [10, 20, 30, 40]) first.logResult('loss', 1, step)
  expect(reader.read(3)).toHaveLength(4)
  const second = openTrial(env)
  second.logResult('loss', 2, 25)
  const joined = [
    [10, 1],
    [20, 1],
    [25, 2],
  ]
  expect(reader.read(3).map(({ step, value }) => [step, value])).toEqual(joined)
  expect(
    metricSeries(results, 3)
      .get('loss')
      ?.map(({ step, value }) => [step, value]),
  ).toEqual(joined)
})

test('a curve reader that reads again finds appended lines and replaced files', () => {
  const { env, results } = workspace()
  const trial = openTrial(env)
  const reader = createSeriesReader(results, 'loss')
  const seen: number[] = []
  for (let step = 1; step <= 50; step++) {
    trial.logResult('loss', step, step)
    if (step % 7 === 0) seen.push(reader.read(3).length)
  }
  expect(seen).toEqual([7, 14, 21, 28, 35, 42, 49])
  expect(reader.read(3)).toEqual(metricSeries(results, 3).get('loss'))
  rmSync(join(results, '3'), { recursive: true })
  trial.logResult('loss', 5, 1)
  expect(reader.read(3).map(({ value }) => value)).toEqual([5])
})
