import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../src/config/read-config.ts'
import { attemptEnv, outerEnv, trialEnv } from '../src/node/attempt-env.ts'
import { environmentOf, readEnvFile } from '../src/node/env-file.ts'
import { hasProgram } from '../src/node/has-program.ts'
import { workspacePaths } from '../src/node/paths.ts'
import { float, str } from '../src/value.ts'

function directory(): string {
  const root = mkdtempSync(join(tmpdir(), 'env-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return root
}

function configWith(more: string) {
  const reading = readConfig(
    `name: t\nlauncher: ./l.sh\ngrid: all\nparameters:\n  lr: {type: discrete, values: [0.1]}\n${more}`,
  )
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return reading.config
}

const PATHS = workspacePaths('/data/w')
const TRIAL = { i: 7, hash: 'h', params: [['lr', float(1)]], extras: [['opt', str('adam')]], name: 'lr-1' } as const
const SHARED = {
  HYPERHERD_WORKSPACE: '/data/w',
  HYPERHERD_SWEEP_NAME: 't',
  HYPERHERD_TRIAL_ID: '7',
  HYPERHERD_TRIAL_NAME: 'lr-1',
  HYPERHERD_EXPERIMENT_NAME: 'lr-1',
  HYPERHERD_ATTEMPT: '2',
  HYPERHERD_PARAMS: '{"lr":1}',
  HYPERHERD_GPUS: '',
  HOTCB_RUN_DIR: '/data/w/.hyperherd/results/7',
  OMP_NUM_THREADS: '1',
  PYTHONPATH: '/data/w/.hyperherd/clients',
}

test('a launcher receives the values, the paths and the run directory of its trial', () => {
  expect(trialEnv(PATHS, configWith(''), { trial: TRIAL, n: 2, gpus: '' }, {})).toEqual(SHARED)
  const more = 'objective: {metric: loss, direction: min}\nlocal: {cpus_per_task: 3}\nsuccessive_halving: {metric: v, direction: min, min_steps: 1, budget: 90}\n' // biome-ignore format: short
  const child = { ...TRIAL, stage: 'tune', parent: 4 }
  expect(trialEnv(PATHS, configWith(more), { trial: child, n: 2, gpus: '0,1' }, { PYTHONPATH: '/mine' })).toEqual({
    ...SHARED,
    HYPERHERD_STAGE: 'tune',
    HYPERHERD_PARENT_ID: '4',
    HOTCB_PARENT_RUN_DIR: '/data/w/.hyperherd/results/4',
    HYPERHERD_PARAMS: '{"lr":1,"opt":"adam"}',
    HYPERHERD_GPUS: '0,1',
    OMP_NUM_THREADS: '3',
    PYTHONPATH: `/mine${delimiter}/data/w/.hyperherd/clients`,
    HYPERHERD_METRIC: 'loss',
    HYPERHERD_MAX_STEPS: '90',
    CUDA_VISIBLE_DEVICES: '0,1',
    HIP_VISIBLE_DEVICES: '0,1',
  })
  const threads = trialEnv(PATHS, configWith(''), { trial: TRIAL, n: 2, gpus: '' }, { OMP_NUM_THREADS: '9' })
  expect(threads['OMP_NUM_THREADS']).toBe('9')
})

test('the wrapper also receives the launcher, its argument and the variables for SLURM', () => {
  const start = { trial: TRIAL, n: 2, gpus: '' }
  const own = { HYPERHERD_LAUNCHER: '/data/w/l.sh', HYPERHERD_OVERRIDES: 'experiment_name=lr-1 lr=1 a=2 opt=adam' }
  const of = (more: string, at: Partial<Parameters<typeof attemptEnv>[2]> = {}) =>
    attemptEnv(PATHS, configWith(`static_overrides: [a=2]\n${more}`), { ...start, ...at }, {})
  expect(of('')).toEqual({ ...SHARED, ...own })
  expect(of('', { needs: 4 })).toEqual({ ...SHARED, ...own, HYPERHERD_NEEDS: '4' })
  const asked = 'slurm: {partition: p, signal_before: 60'
  expect(of(`${asked}}\n`)).toEqual({ ...SHARED, ...own, HYPERHERD_REQUEUES: '0' })
  expect(of(`${asked}}\nretries: {timeout: 3}\n`)).toMatchObject({ HYPERHERD_REQUEUES: '0' })
  expect(of(`${asked}, on_limit: requeue}\nretries: {timeout: 3}\n`)).toMatchObject({ HYPERHERD_REQUEUES: '3' })
  expect(of(`${asked}}\nexecutor: local\n`)).not.toHaveProperty('HYPERHERD_REQUEUES')
  expect(of('slurm: {partition: p}\n')).not.toHaveProperty('HYPERHERD_REQUEUES')
})

test('variables in `.env` lose one layer of quotes, and the environment takes precedence', () => {
  const root = directory()
  expect(readEnvFile(root)).toEqual({})
  const lines = [
    'A=1',
    '  export B = two words ',
    'export\tC="quoted # text"',
    "D='x'",
    'E="',
    'F=\'mixed"',
    'G=',
    'H="""',
    '# I=comment',
    'J',
    '=K',
    'L=a=b',
    'exportM=1',
    '',
  ]
  writeFileSync(join(root, '.env'), lines.join('\r\n'))
  expect(readEnvFile(root)).toEqual({
    ...{ A: '1', B: 'two words', C: 'quoted # text', D: 'x', E: '"', F: '\'mixed"', G: '', H: '"', L: 'a=b' },
    exportM: '1',
  })
  writeFileSync(join(root, '.env'), 'A=1\nB=2\nC=3\nPATH=never\n')
  expect(environmentOf(root, { A: 'own', B: '', C: undefined, Z: 'z' })).toEqual({ A: 'own', B: '2', C: '3', PATH: 'never', Z: 'z' }) // biome-ignore format: short
  const outer = outerEnv(workspacePaths(root))
  expect([outer['B'], outer['PATH']]).toEqual(['2', process.env['PATH']])
})

test('a program is found in any directory of the PATH if it is executable', () => {
  const [root, outer] = [directory(), process.env['PATH']]
  onTestFinished(() => {
    process.env['PATH'] = outer
  })
  for (const name of ['one', 'two']) writeFileSync(join(root, name), '')
  chmodSync(join(root, 'one'), 0o755)
  process.env['PATH'] = `/nowhere${delimiter}${root}`
  expect(['one', 'two', 'three'].map(hasProgram)).toEqual([true, false, false])
  delete process.env['PATH']
  expect(hasProgram('one')).toBe(false)
})
