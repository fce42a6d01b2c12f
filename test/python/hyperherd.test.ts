import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { temporaryDirectory } from './peers.ts'

// HyperHerd 0.1.3 and our `herd` on the same workspace, with a cluster that runs nothing.

const HERD = fileURLToPath(new URL('../../apps/cli/bin/herd.js', import.meta.url))
const STAND_IN = fileURLToPath(new URL('slurm/stand_in.py', import.meta.url))

type Program = 'theirs' | 'ours'

/** The fields of JSON answers that a test reads. */
interface Said {
  readonly totals: object
  readonly trials: readonly Record[]
  readonly cancelled: readonly object[]
}

interface Answer {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

interface Record {
  readonly index: number
  readonly hash: string
  readonly params: object
  readonly extras: object
  readonly experiment_name: string
  readonly status: string
}

/** A workspace, a cluster, and both programs. */
class Sweep {
  readonly dir: string = join(temporaryDirectory(), 'ws')
  readonly #cluster = temporaryDirectory()

  constructor() {
    mkdirSync(this.dir)
    mkdirSync(join(this.#cluster, 'bin'))
    for (const name of ['sbatch', 'squeue', 'sacct', 'scancel', 'scontrol', 'sinfo']) {
      symlinkSync(STAND_IN, join(this.#cluster, 'bin', name))
    }
  }

  run(program: Program, ...args: readonly string[]): Answer {
    const [command, ...words] =
      program === 'ours' ? [process.execPath, HERD] : [process.env['HOTCB_PYTHON'] ?? 'python3', '-m', 'hyperherd']
    const { FORCE_COLOR: _, ...outer } = process.env
    const env = {
      ...outer,
      NO_COLOR: '1',
      PATH: `${join(this.#cluster, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
      PYTHONPATH: process.env['HOTCB_PYTHON_PEERS'] ?? '',
      STAND_IN: this.#cluster,
    }
    const { status, stdout, stderr } = spawnSync(command ?? '', [...words, ...args], {
      cwd: this.dir,
      env,
      encoding: 'utf8',
    })
    return { code: status, out: stdout, err: stderr }
  }

  json(program: Program, ...args: readonly string[]): Said {
    const { code, out, err } = this.run(program, ...args, '--json')
    if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${code}: ${err}`)
    return JSON.parse(out)
  }

  write(name: string, text: string): void {
    const path = join(this.dir, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
    if (name.endsWith('.sh')) chmodSync(path, 0o755)
  }

  /** Sets the states of tasks, such as `7000_1`. */
  becomes(states: Readonly<globalThis.Record<string, string>>): void {
    const path = join(this.#cluster, 'tasks.json')
    const tasks: { job: string; index: number; state: string }[] = JSON.parse(readFileSync(path, 'utf8'))
    for (const task of tasks) task.state = states[`${task.job}_${task.index}`] ?? task.state
    writeFileSync(path, JSON.stringify(tasks))
  }

  records(): readonly Record[] {
    return JSON.parse(readFileSync(join(this.dir, '.hyperherd/manifest.json'), 'utf8'))
  }

  jobs(): readonly { readonly slurm_job_id: string; readonly indices: readonly number[] }[] {
    return JSON.parse(readFileSync(join(this.dir, '.hyperherd/job_ids.json'), 'utf8'))
  }

  /** Submissions of trials that ran, waited or were completed. */
  twice(): string {
    const path = join(this.#cluster, 'twice')
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
}

const CONFIG = `name: alternating
grid: all
launcher: ./launch.sh
slurm: {partition: short}
parameters:
  lr: {type: discrete, values: [1.0, 0.01]}
  optimizer: {type: discrete, abbrev: opt, values: [adam, sgd]}
conditions:
  - name: warm up
    when: {lr: 1.0}
    set: {warmup: 100}
`

/** Returns the states of the trials, which both programs must report identically. */
function statesOf(sweep: Sweep): readonly string[] {
  const said = (program: Program) => {
    const { totals, trials } = sweep.json(program, 'status')
    return {
      totals,
      trials: trials.map(({ index, status, experiment_name, params }) => ({ index, status, experiment_name, params })),
    }
  }
  const ours = said('ours')
  expect(said('theirs')).toEqual(ours)
  // Once more, since theirs has written its own file now.
  expect(said('ours')).toEqual(ours)
  return ours.trials.map(({ status }) => status)
}

function namesIn(table: string): readonly string[] {
  return [...stripVTControlCharacters(table).matchAll(/\[\d+\] +(\S+)/g)].map(([, name]) => name ?? '')
}

test('both programs alternate on one workspace: no trial is lost, renamed or submitted twice', () => {
  const sweep = new Sweep()
  // 1. Theirs begins.
  expect(sweep.run('theirs', 'init')).toMatchObject({ code: 0 })
  sweep.write('hyperherd.yaml', CONFIG)
  sweep.write('launch.sh', '#!/bin/bash\necho "trial $HYPERHERD_TRIAL_ID: $1"\n')
  expect(sweep.json('theirs', 'run')).toMatchObject({ slurm_job_id: '7000', submitted_indices: [0, 1, 2, 3] })
  const first = sweep.records()
  // 2. Ours reads what theirs wrote, before and after it wrote anything itself.
  sweep.becomes({ '7000_0': 'COMPLETED', '7000_1': 'RUNNING', '7000_2': 'TIMEOUT' })
  sweep.write('.hyperherd/results/0.json', '{"acc": 0.91, "final/loss": 1e-07}')
  sweep.write('.hyperherd/results/1/stream/loss.jsonl', '{"step": 10, "value": 0.5, "ts": 1795303219}\n')
  sweep.write('.hyperherd/logs/2.out', 'epoch 1\n')
  expect(namesIn(sweep.run('ours', 'ls').out)).toEqual(namesIn(sweep.run('theirs', 'ls').out))
  expect(statesOf(sweep)).toEqual(['completed', 'running', 'failed', 'queued'])
  expect(sweep.run('ours', 'res').out).toBe(sweep.run('theirs', 'res').out)
  expect(sweep.json('ours', 'tail', '2')).toMatchObject(sweep.json('theirs', 'tail', '2'))
  // 3. Ours submits only what failed.
  expect(sweep.json('ours', 'run')).toMatchObject({ slurm_job_id: '7001', submitted_indices: [2] })
  expect(statesOf(sweep)).toEqual(['completed', 'running', 'queued', 'queued'])
  // 4. Theirs sees that nothing is left, and stops its own trial and one of ours.
  expect(sweep.json('theirs', 'run')).toMatchObject({ slurm_job_id: null, submitted_indices: [] })
  expect(sweep.json('theirs', 'stop', '1').cancelled).toMatchObject([{ index: 1, slurm_job_id: '7000' }])
  expect(sweep.json('theirs', 'stop', '2').cancelled).toMatchObject([{ index: 2, slurm_job_id: '7001' }])
  expect(statesOf(sweep)).toEqual(['completed', 'cancelled', 'cancelled', 'queued'])
  // 5. Ours starts them again.
  expect(sweep.json('ours', 'run')).toMatchObject({ slurm_job_id: '7002', submitted_indices: [1, 2] })
  sweep.becomes({ '7002_1': 'RUNNING', '7002_2': 'FAILED' })
  expect(statesOf(sweep)).toEqual(['completed', 'running', 'failed', 'queued'])
  // 6. Theirs adds a value, and submits what failed with it.
  sweep.write('hyperherd.yaml', CONFIG.replace('[adam, sgd]', '[adam, sgd, lion]'))
  expect(sweep.json('theirs', 'run')).toMatchObject({ slurm_job_id: '7003', submitted_indices: [2, 4, 5] })
  expect(statesOf(sweep)).toEqual(['completed', 'running', 'queued', 'queued', 'queued', 'queued'])
  // 7. Ours stops one of them; SLURM reports when it has ended.
  expect(sweep.json('ours', 'stop', '4').cancelled).toMatchObject([{ index: 4, slurm_job_id: '7003' }])
  expect(statesOf(sweep)).toEqual(['completed', 'running', 'queued', 'queued', 'cancelled', 'queued'])
  // 8. Ours drops the value again: one of its trials was cancelled and can be removed, but another one is queued, so the edit is refused.
  sweep.write('hyperherd.yaml', CONFIG)
  expect(sweep.run('ours', 'run')).toMatchObject({
    code: 1,
    err: expect.stringContaining('5 lr-0.01_opt-lion (queued)'),
  })
  expect(sweep.run('theirs', 'run')).toMatchObject({ code: 1, err: expect.stringContaining('Config edit removes 1') })
  expect(sweep.json('theirs', 'stop', '5').cancelled).toMatchObject([{ index: 5, slurm_job_id: '7003' }])
  expect(sweep.json('ours', 'run')).toMatchObject({ submitted_indices: [] })
  expect(statesOf(sweep)).toEqual(['completed', 'running', 'queued', 'queued'])
  // 9. Theirs adds another value: an index is never reused.
  sweep.write('hyperherd.yaml', CONFIG.replace('[adam, sgd]', '[adam, sgd, rmsprop]'))
  expect(sweep.json('theirs', 'run')).toMatchObject({ slurm_job_id: '7004', submitted_indices: [6, 7] })
  expect(statesOf(sweep)).toEqual(['completed', 'running', 'queued', 'queued', 'queued', 'queued'])
  expect(sweep.run('theirs', 'test', '1').code).toBe(1)
  expect(sweep.run('ours', 'test', '1').code).toBe(1)
  const configOnly = sweep.run('ours', 'test', '6', '--cfg-job')
  expect(configOnly.out).toContain(
    'trial 6: experiment_name=lr-1_opt-rmsprop lr=1 optimizer=rmsprop warmup=100 --cfg job --resolve',
  )
  // 10. All trials end; neither ours nor theirs has anything left to do.
  sweep.becomes({
    '7002_1': 'COMPLETED',
    '7003_2': 'COMPLETED',
    '7000_3': 'COMPLETED',
    '7004_6': 'COMPLETED',
    '7004_7': 'COMPLETED',
  })
  expect(sweep.json('ours', 'run')).toMatchObject({ submitted_indices: [] })
  expect(sweep.json('theirs', 'run')).toMatchObject({ submitted_indices: [] })
  expect(statesOf(sweep)).toEqual(Array.from({ length: 6 }, () => 'completed'))
  expect(sweep.run('ours', 'res').out).toBe(sweep.run('theirs', 'res').out)
  // Nothing was lost, renamed or submitted twice.
  const last = sweep.records()
  const identity = ({ index, hash, params, extras, experiment_name }: Record) => [
    index,
    hash,
    params,
    extras,
    experiment_name,
  ]
  expect(last.slice(0, 4).map(identity)).toEqual(first.map(identity))
  expect(sweep.jobs().map(({ slurm_job_id, indices }) => [slurm_job_id, indices])).toEqual([
    ['7000', [0, 1, 2, 3]],
    ['7001', [2]],
    ['7002', [1, 2]],
    ['7003', [2, 4, 5]],
    ['7004', [6, 7]],
  ])
  expect(sweep.twice()).toBe('')
})
