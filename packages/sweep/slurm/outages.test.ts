import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createClock } from '../src/node/clock.ts'
import { openWorkspace, readSweepStatus, runSweep } from '../src/node.ts'
import { buildProgram } from './built-program.ts'
import { type ClusterSweep, configText, daemon, openClusterSweep, tasksOf, until } from './cluster-sweep.ts'

let program = ''
const opened: ClusterSweep[] = []

beforeAll(() => {
  program = buildProgram()
})
afterEach(() => {
  for (const sweep of opened.splice(0)) sweep.close()
})
afterAll(() => rmSync(dirname(program), { recursive: true, force: true }))

function open(...given: Parameters<typeof openClusterSweep>): ClusterSweep {
  const sweep = openClusterSweep(...given)
  opened.push(sweep)
  return sweep
}

const areAll = async (sweep: ClusterSweep, state: string): Promise<boolean> =>
  (await sweep.states()).every((one) => one === state)

test.each([
  // Nobody needs the accounting while the queue knows every trial.
  ['slurmdbd', ['slurmdbd'], []],
  ['slurmctld', ['slurmctld'], ['squeue']],
  ['both', ['slurmdbd', 'slurmctld'], ['squeue', 'sacct']],
])(
  'with %s stopped in the middle nothing is lost, nothing runs twice, and status names who is silent',
  async (_, names, silent) => {
    const sweep = open({ values: [1, 2, 3], launcher: 'until [ -e go ]; do sleep 0.1; done; [ $X != 3 ]' })
    await sweep.run()
    await until('all trials run', async () => (await areAll(sweep, 'running')) && sweep.ran().length === 3)
    for (const name of names) daemon('stop', name)
    try {
      expect((await readSweepStatus(sweep.workspace)).silent.map(({ source }) => source)).toEqual(silent)
      expect(await sweep.states()).toEqual(['running', 'running', 'running'])
      sweep.write('go', '')
      if (names.includes('slurmctld')) {
        const ended = ['completed', 'completed', 'failed exit']
        await until('the marks say how they ended', async () => String(await sweep.states()) === String(ended))
      }
    } finally {
      for (const name of [...names].reverse()) daemon('start', name)
    }
    await until('no trial is open', async () => !(await sweep.states()).includes('running'))
    expect(await sweep.states()).toEqual(['completed', 'completed', 'failed exit'])
    expect([...sweep.ran()].sort()).toEqual(['0-1', '1-1', '2-1'])
  },
)

function runProgram(root: string, what: string, crashAt = ''): NodeJS.Signals | number | null {
  const { status, signal, stderr } = spawnSync(process.execPath, [program, root, what], {
    env: { ...process.env, HOTCB_CRASH_AT: crashAt },
    encoding: 'utf8',
  })
  if (status !== 0 && signal === null) throw new Error(stderr)
  return signal ?? status
}

/** Opens the workspace two minutes later: no `sbatch` of the killed process can run any more. */
async function continueLater(sweep: ClusterSweep): Promise<void> {
  const clock = createClock()
  const later = openWorkspace(sweep.root, { ...clock, now: () => clock.now() + 120 })
  try {
    await runSweep(later)
  } finally {
    later.close()
  }
}

const POINTS = ['called#1', 'intent#1', 'script#1', 'submitted#1', 'sent#1', 'appended#3', 'appended#4', 'export#1']

test('killed at each step of submit, the next run finds what was submitted: every trial runs once', async () => {
  const sweeps = POINTS.map(() => open({ values: [1, 2, 3], launcher: '' }))
  for (const [at, point] of POINTS.entries()) expect(runProgram(sweeps[at]?.root ?? '', 'run', point)).toBe('SIGKILL')
  for (const sweep of sweeps) await continueLater(sweep)
  for (const sweep of sweeps) {
    await until('all trials are completed', () => areAll(sweep, 'completed'))
    expect([...sweep.ran()].sort()).toEqual(['0-1', '1-1', '2-1'])
  }
})

/** `4`, or `110-200` for the seeds from 110 to 199. */
const [, FIRST = '0', LAST = '4'] = /^(?:(\d+)-)?(\d+)$/.exec(process.env['HOTCB_SLURM_SEEDS'] ?? '4') ?? []
const SEEDS = Array.from({ length: Number(LAST) - Number(FIRST) }, (_, at) => Number(FIRST) + at)

test(
  'killed at a random moment, the next run finds what was submitted: every trial runs once',
  async () => {
    for (const seed of SEEDS) {
      const sweep = open({ values: [1, 2, 3], launcher: '' })
      const child = spawn(process.execPath, [program, sweep.root, 'run'], { stdio: 'ignore' })
      const exit = once(child, 'exit')
      await new Promise((resolve) => setTimeout(resolve, 60 + ((seed * 97) % 500)))
      child.kill('SIGKILL')
      await exit
      // An `sbatch` that it had started continues.
      await new Promise((resolve) => setTimeout(resolve, 500))
      await continueLater(sweep)
      await until('all trials are completed', () => areAll(sweep, 'completed'))
      expect([...sweep.ran()].sort(), `seed ${seed}`).toEqual(['0-1', '1-1', '2-1'])
    }
  },
  150_000 + SEEDS.length * 10_000,
)

test('an edited config adds its new trials to those that run, and the old ones keep their index', async () => {
  const sweep = open({ values: [1, 2], launcher: 'until [ -e go ]; do sleep 0.1; done' })
  await sweep.run()
  await until('both trials run', async () => (await areAll(sweep, 'running')) && sweep.ran().length === 2)
  sweep.write('hyperherd.yaml', configText({ values: [3, 1, 2], slurm: 'mem: 60M' }))
  const job = await sweep.run()
  expect(tasksOf(job).map((line) => line.split(' ')[0])).toEqual(['2'])
  sweep.write('go', '')
  await until('all trials are completed', () => areAll(sweep, 'completed'))
  expect([...sweep.ran()].sort()).toEqual(['0-1', '1-1', '2-1'])
})

const NOBODY = 65_534
const DAEMON = 1

test.runIf(process.getuid?.() === 0)(
  'two users drive one workspace: nothing runs twice, and nothing is lost',
  async () => {
    const more = 'retries: {exit: 1, backoff: 0}\n'
    const launcher = '[ $X = 4 ] && ! [ -e second ] && touch second && exit 1; sleep 1'
    const sweep = open({ values: [1, 2, 3, 4], launcher, slurm: 'max_concurrent: 2, lag_seconds: 1', more })
    const asUser = (user: number, what: string) => {
      const words = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', 'sh', '-c', 'umask 0; exec "$@"', 'sh']
      const child = spawn('setpriv', [...words, process.execPath, program, sweep.root, what], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, HOME: '/nonexistent' },
      })
      let said = ''
      child.stderr?.on('data', (data) => {
        said += data
      })
      return once(child, 'exit').then(([code]) => {
        if (code !== 0) throw new Error(`${user}: ${said}`)
      })
    }
    await asUser(NOBODY, 'run')
    for (let rounds = 0; rounds < 20 && !(await areAll(sweep, 'completed')); rounds++) {
      await Promise.all([asUser(NOBODY, '3'), asUser(DAEMON, '3')])
    }
    expect(await sweep.states()).toEqual(Array(4).fill('completed'))
    expect([...sweep.ran()].sort()).toEqual(['0-1', '1-1', '2-1', '3-1', '3-2'])
    expect(readFileSync(sweep.workspace.paths.manifest, 'utf8')).toContain('"completed"')
  },
)
