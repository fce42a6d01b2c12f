import { chmodSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig, SWEEP_SKILL } from '@hotcb/sweep'
import { beforeAll, expect, test } from 'vitest'
import { buildProgram, hotcb, temporaryDirectory } from './program.ts'

beforeAll(() => {
  buildProgram()
})

/** A sweep whose trials end at once: the odd ones fail. */
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

test('status shows the trials that were asked for, in the order that was asked for', async () => {
  const cwd = newSweep()
  await hotcb(['sweep', 'run', '--watch'], { cwd })
  expect(await statusOf(cwd, '--state', 'failed')).toEqual([1, 3])
  expect(await statusOf(cwd, '--sort', 'state')).toEqual([0, 2, 1, 3])
  expect(await statusOf(cwd, '-p', 'x=3')).toEqual([2])
  expect(await statusOf(cwd, '--state', 'failed,completed', '--limit', '2')).toEqual([0, 1])
  const { code, err } = await hotcb(['sweep', 'status', '--state', 'done'], { cwd })
  expect(code).toBe(2)
  expect(err).toContain('--state "done" is not one of ready, waiting')
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

test('doctor names a launcher that cannot run, a damaged journal, a missing driver and a trial that nobody knows', async () => {
  const cwd = newSweep()
  await hotcb(['sweep', 'run', '--watch'], { cwd })
  // It asks for a trial, and is killed before it starts anything.
  await hotcb(['sweep', 'run', '-i', '1', '--watch'], { cwd, env: { HOTCB_CRASH_AT: 'called#1' } })
  chmodSync(join(cwd, 'l.sh'), 0o644)
  const [journal = ''] = readdirSync(join(cwd, '.hyperherd/journal'))
  writeFileSync(join(cwd, '.hyperherd/journal', journal), 'torn\n', { flag: 'a' })
  symlinkSync(ownMark(join(cwd, '.hyperherd/marks/0/0-1')), join(cwd, '.hyperherd/marks/0/9-1'))
  const { code, problems } = await doctor(cwd)
  expect(code).toBe(1)
  expect(problems).toEqual([
    expect.stringMatching(/^launcher: .*is not executable/),
    expect.stringMatching(/^journal: \d+ lines, 1 that no version of herd writes$/),
    'driver: trials run or wait, and no driver lives',
    'trials: run, but not according to the journal: 9-1',
  ])
})

/** A mark that says that this process runs an attempt. */
function ownMark(like: string): string {
  const [kind = '', host = '', , start = '', ts = ''] = readlinkSync(like).split(':')
  const place = start.split('/').slice(0, -1).join('/')
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const own = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  return [kind, host, process.pid, `${place}/${own}`, ts, ''].join(':')
}

test('every config in the skill is one that herd reads', () => {
  const blocks = [...SWEEP_SKILL.text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => readConfig(text))
  expect(blocks.map((reading) => (reading.ok ? [] : reading.problems))).toEqual([[], [], []])
})

test('install-skill writes the skill once, and replaces one that was edited only by force', async () => {
  const cwd = temporaryDirectory()
  const install = (...more: readonly string[]) =>
    hotcb(['sweep', 'install-skill', '--scope', 'project', ...more], { cwd })
  const path = join(cwd, '.claude/skills/hyperherd-config/SKILL.md')
  expect((await install()).code).toBe(0)
  expect(readFileSync(path, 'utf8')).toBe(SWEEP_SKILL.text)
  expect((await install()).out).toContain('up to date')
  writeFileSync(path, 'mine')
  expect(await install()).toMatchObject({ code: 1, err: expect.stringContaining('`--force` replaces it') })
  expect((await install('--force')).code).toBe(0)
  expect(readFileSync(path, 'utf8')).toBe(SWEEP_SKILL.text)
  expect(await install('--name', 'x')).toMatchObject({ code: 1, err: expect.stringContaining('there is no skill `x`') })
})
