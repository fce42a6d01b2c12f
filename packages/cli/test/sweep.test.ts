import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { readConfig, SWEEP_SKILL } from '@hotcb/sweep'
import { openWorkspace, requestTrials } from '@hotcb/sweep/node'
import { expect, test } from 'vitest'
import { hotcb, temporaryDirectory } from './hotcb.ts'

/** A sweep whose trials end immediately. The odd ones fail. */
function newSweep(): string {
  const dir = temporaryDirectory()
  const config = 'name: t\ngrid: all\nlauncher: ./l.sh\nparameters:\n  x: {type: discrete, values: [1, 2, 3, 4]}\n'
  writeFileSync(join(dir, 'hyperherd.yaml'), config)
  writeFileSync(join(dir, 'l.sh'), '#!/bin/bash\nexit $((HYPERHERD_TRIAL_ID % 2))\n')
  chmodSync(join(dir, 'l.sh'), 0o755)
  return dir
}

async function statusOf(cwd: string, ...args: readonly string[]): Promise<readonly number[]> {
  const { out } = await hotcb(['sweep', 'status', '--json', ...args], { cwd })
  return JSON.parse(out).trials.map(({ index }: { readonly index: number }) => index)
}

test('status shows the requested trials in the requested order', async () => {
  const cwd = newSweep()
  await hotcb(['sweep', 'run', '--watch'], { cwd })
  expect(await statusOf(cwd, '--state', 'failed')).toEqual([1, 3])
  expect(await statusOf(cwd, '--sort', 'state')).toEqual([0, 2, 1, 3])
  expect(await statusOf(cwd, '-p', 'x=3')).toEqual([2])
  expect(await statusOf(cwd, '--state', 'failed,completed', '--limit', '2')).toEqual([0, 1])
  const { code, err } = await hotcb(['sweep', 'status', '--state', 'done'], { cwd })
  expect(code).toBe(2)
  expect(err).toContain('--state must be one of ready, waiting')
})

const STAGED = `name: staged
grid: all
launcher: ./l.sh
seeds: {count: 2}
parameters:
  x: {type: discrete, values: [1, 2]}
stages:
  first:
  second: {after: first}
`

test('every command shows stages in its text and its JSON', async () => {
  const cwd = newSweep()
  writeFileSync(join(cwd, 'hyperherd.yaml'), STAGED)
  const listed = await hotcb(['sweep', 'ls'], { cwd })
  expect(listed.out).toContain('second takes the completed trials of first once all have ended\n')
  const planned = await hotcb(['sweep', 'run', '--stage', 'first', '--dry-run', '--json'], { cwd })
  expect(JSON.parse(planned.out)).toMatchObject({ later: ['second'], scripts: [], submitted_indices: [0, 1, 2, 3] })
  await hotcb(['sweep', 'run', '--watch'], { cwd })
  const { stages, trials } = JSON.parse((await hotcb(['sweep', 'status', '--json'], { cwd })).out)
  expect(stages).toEqual([
    { name: 'first', after: null, trials: 4, waits_for: [], settled: true, asked_for: true },
    { name: 'second', after: 'first', trials: 2, waits_for: [], settled: true, asked_for: true },
  ])
  expect(trials.at(-1)).toMatchObject({ index: 5, stage: 'second', parent: 2, state: 'failed' })
  const results = JSON.parse((await hotcb(['sweep', 'res', '--json'], { cwd })).out).trials
  expect(results.slice(0, 4).map(({ group }: { readonly group: number }) => group)).toEqual([0, 0, 1, 1])
  expect((await hotcb(['sweep', 'why'], { cwd })).out.split('\n')[0]).toBe('   0  parent for stage second')
})

interface Finding {
  readonly name: string
  readonly state: string
  readonly says: string
}

async function doctor(cwd: string): Promise<{ readonly code: number | null; readonly problems: readonly string[] }> {
  const { code, out } = await hotcb(['sweep', 'doctor', '--json'], { cwd })
  const findings: readonly Finding[] = JSON.parse(out).findings
  return {
    code,
    problems: findings.filter(({ state }) => state === 'problem').map(({ name, says }) => `${name}: ${says}`),
  }
}

test('doctor finds nothing wrong with a sweep that can start, and writes nothing', async () => {
  const cwd = newSweep()
  expect(await doctor(cwd)).toEqual({ code: 0, problems: [] })
  expect(readdirSync(cwd).sort()).toEqual(['hyperherd.yaml', 'l.sh'])
})

test('doctor reports a launcher that cannot run, a damaged journal, a missing driver and an unknown trial', async () => {
  const cwd = newSweep()
  await hotcb(['sweep', 'run', '--watch'], { cwd })
  await resumeWithoutDriver(cwd, 1)
  chmodSync(join(cwd, 'l.sh'), 0o644)
  const [journal = ''] = readdirSync(join(cwd, '.hyperherd/journal'))
  writeFileSync(join(cwd, '.hyperherd/journal', journal), 'torn\n', { flag: 'a' })
  symlinkSync(ownMark(join(cwd, '.hyperherd/marks/0/0-1')), join(cwd, '.hyperherd/marks/0/9-1'))
  const { code, problems } = await doctor(cwd)
  expect(code).toBe(1)
  expect(problems).toEqual([
    expect.stringMatching(/^launcher: .*is not executable/),
    expect.stringMatching(/^journal: \d+ lines, of which 1 were not written by any version of herd$/),
    'driver: trials are running or waiting, but no driver is running',
    'trials: running, but not in the journal: 9-1',
  ])
})

/** Resumes a trial without starting a driver, as `herd resume` would. */
async function resumeWithoutDriver(cwd: string, index: number): Promise<void> {
  const workspace = openWorkspace(cwd)
  await requestTrials(workspace, 'resume', { index })
  workspace.close()
}

test('an incomplete line from a killed writer does not count as damage', async () => {
  const cwd = newSweep()
  await hotcb(['sweep', 'run', '--watch'], { cwd })
  const [name = ''] = readdirSync(join(cwd, '.hyperherd/journal'))
  writeFileSync(join(cwd, '.hyperherd/journal', name), '{"n":9,"k":0,"ts":1', { flag: 'a' })
  expect(await doctor(cwd)).toEqual({ code: 0, problems: [] })
  await resumeWithoutDriver(cwd, 1)
  expect((await doctor(cwd)).problems).toEqual(['driver: trials are running or waiting, but no driver is running'])
})

test('doctor and ls for a sweep on SLURM show the state of the queue, and write nothing', async () => {
  const cwd = newSweep()
  const bin = join(cwd, 'bin')
  mkdirSync(bin)
  const programs = {
    sbatch: 'echo 7000',
    squeue: 'printf "7000_0|RUNNING|None||||\\n"',
    sacct: 'printf "7000_1|TIMEOUT||||||\\n7000_2|COMPLETED||||||\\n7000_3|CANCELLED by 0||||||\\n"',
    scontrol: 'echo "MaxArraySize = 1001"',
    scancel: 'true',
  }
  for (const [program, text] of Object.entries(programs)) {
    writeFileSync(join(bin, program), `#!/bin/bash\n${text}\n`, { mode: 0o755 })
  }
  writeFileSync(
    join(cwd, 'hyperherd.yaml'),
    `${readFileSync(join(cwd, 'hyperherd.yaml'), 'utf8')}slurm: {partition: p}\n`,
  )
  const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}` }
  expect((await hotcb(['sweep', 'run'], { cwd, env })).out).toContain('Launched 4 trial(s)')
  rmSync(join(cwd, '.hyperherd/cluster.json'))
  const files = (): readonly string[] =>
    readdirSync(join(cwd, '.hyperherd'), { recursive: true, encoding: 'utf8' }).sort()
  const journal = (): string =>
    readFileSync(join(cwd, '.hyperherd', files().find((one) => one.endsWith('.jsonl')) ?? ''), 'utf8')
  const before = [files(), journal()]
  expect((await hotcb(['sweep', 'doctor'], { cwd, env })).code).toBe(0)
  const { out } = await hotcb(['sweep', 'ls', '--json'], { cwd, env })
  expect(JSON.parse(out).trials.map(({ state }: { readonly state: string }) => state)).toEqual([
    'running',
    'failed',
    'completed',
    'cancelled',
  ])
  expect([files(), journal()]).toEqual(before)
})

/** A marker file with this process as the process of an attempt. */
function ownMark(like: string): string {
  const [kind = '', host = '', , start = '', ts = ''] = readlinkSync(like).split(':')
  const place = start.split('/').slice(0, -1).join('/')
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const own = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  return [kind, host, process.pid, `${place}/${own}`, ts, ''].join(':')
}

test('herd can read every config in the skill', () => {
  const blocks = [...SWEEP_SKILL.text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => readConfig(text))
  expect(blocks.map((reading) => (reading.ok ? [] : reading.problems))).toEqual([[], [], [], []])
})

test('install-skill writes the skill once, and replaces an edited one only with `--force`', async () => {
  const cwd = temporaryDirectory()
  const install = (...more: readonly string[]) =>
    hotcb(['sweep', 'install-skill', '--scope', 'project', ...more], { cwd })
  const path = join(cwd, '.claude/skills/hyperherd-config/SKILL.md')
  expect((await install()).code).toBe(0)
  expect(readFileSync(path, 'utf8')).toBe(SWEEP_SKILL.text)
  expect((await install()).out).toContain('up to date')
  writeFileSync(path, 'mine')
  expect(await install()).toMatchObject({ code: 1, err: expect.stringContaining('use `--force` to replace it') })
  expect((await install('--force')).code).toBe(0)
  expect(readFileSync(path, 'utf8')).toBe(SWEEP_SKILL.text)
  expect(await install('--name', 'x')).toMatchObject({ code: 1, err: expect.stringContaining('there is no skill `x`') })
})

test('res prints values as HyperHerd does, and stop and tail without a trial end with 1', async () => {
  const cwd = newSweep()
  await hotcb(['sweep', 'run', '--watch', '-i', '0'], { cwd })
  const results = '{"acc": 0.123456789, "n": 3, "text": "a b", "is": true, "none": null, "list": [1, true]}'
  writeFileSync(join(cwd, '.hyperherd/results/0.json'), results)
  const { out } = await hotcb(['sweep', 'res'], { cwd })
  expect(out.split('\n')[1]).toBe('0\tx-1\t1\t0.123457\t3\ta b\tTrue\tNone\t[1, True]')
  for (const words of [['stop'], ['stop', '1', '--all'], ['tail']]) {
    expect((await hotcb(['sweep', ...words], { cwd })).code, words.join(' ')).toBe(1)
  }
})
