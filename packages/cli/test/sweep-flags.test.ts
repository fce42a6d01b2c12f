import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { buildProgram, type Ended, ended, hotcb, start, temporaryDirectory } from './program.ts'
import { trialsOf } from './sweep/faults.ts'

beforeAll(() => {
  buildProgram()
})

/** A sweep of two trials that run a bash script. */
function newSweep(launcher: string, more = ''): string {
  const dir = temporaryDirectory()
  const config = `name: t\ngrid: all\nlauncher: ./l.sh\n${more}parameters:\n  x: {type: discrete, values: [1, 2]}\n`
  writeFileSync(join(dir, 'hyperherd.yaml'), config)
  writeFileSync(join(dir, 'l.sh'), `#!/bin/bash\n${launcher}\n`)
  chmodSync(join(dir, 'l.sh'), 0o755)
  return dir
}

function herd(cwd: string, line: string): Promise<Ended> {
  return hotcb(['sweep', ...line.split(' ')], { cwd })
}

test('tail and stats can show a single attempt', async () => {
  const cwd = newSweep(
    'echo "attempt $HYPERHERD_ATTEMPT begins"; until [ -e go ]; do sleep 0.02; done; echo "last words"; exit 1',
  )
  writeFileSync(join(cwd, 'go'), '')
  await herd(cwd, 'run -i 0 --watch')
  expect((await herd(cwd, 'tail 0 --attempt 2')).err).toContain('trial 0 has no attempt 2; its attempts are 1 to 1')
  await herd(cwd, 'run -i 0 --watch')
  expect((await herd(cwd, 'tail 0 --attempt 1 --stdout')).out).toMatch(/attempt 1 begins\nlast words\n$/)
  expect((await herd(cwd, 'tail 0 --attempt 1 --stdout')).out).not.toContain('attempt 2 begins')
  expect((await herd(cwd, 'tail 0 --attempt 2 --stdout')).out).toContain('attempt 2 begins')
  expect(JSON.parse((await herd(cwd, 'stats 0 --attempt 1 --json')).out).trials).toHaveLength(1)
  expect((await herd(cwd, 'stats 0 --attempt 3')).err).toContain('trial 0 has no attempt 3')
})

test('tail and log follow a trial to its end', async () => {
  const cwd = newSweep('echo begins; until [ -e go ] || [ ! -e l.sh ]; do sleep 0.02; done; echo "last words" >&2')
  const driver = ended(start(['sweep', 'run', '-i', '0', '--watch'], { cwd }))
  while (!existsSync(join(cwd, '.hyperherd/logs/0.out'))) await new Promise((resolve) => setTimeout(resolve, 20))
  const [tail, log] = ['tail 0 -f', 'log 0 -f --json'].map((line) => start(['sweep', ...line.split(' ')], { cwd }))
  if (tail === undefined || log === undefined) throw new Error('not started')
  const both = [ended(tail), ended(log)]
  let heard = 0
  for (const child of [tail, log]) child.stdout?.once('data', () => heard++)
  while (heard < 2) await new Promise((resolve) => setTimeout(resolve, 20))
  writeFileSync(join(cwd, 'go'), '')
  const [followed, logged] = await Promise.all(both)
  await driver
  const lines = followed?.out.split('\n') ?? []
  expect(followed?.code).toBe(0)
  // Each line is printed once, wherever the command began to follow.
  expect(['begins', 'last words'].map((line) => lines.filter((one) => one === line).length)).toEqual([1, 1])
  const entries = (logged?.out ?? '')
    .trim()
    .split('\n')
    .map((line): { text: string } => JSON.parse(line))
  expect(entries.at(-1)?.text).toContain('attempt 1 completed: exit code 0')
  expect(new Set(entries.map(({ text }) => text)).size).toBe(entries.length)
})

test('test --all --cfg-job reports for each trial whether its config is accepted, and the output if it is not', async () => {
  const cwd = newSweep('[[ "$1" == *"x=1 "*"--cfg job --resolve" ]] || { echo "no such option" >&2; exit 3; }')
  const { code, out, err } = await herd(cwd, 'test --all --cfg-job')
  expect([code, out, err]).toEqual([
    1,
    '[  1/2] OK x-1\n[  2/2] FAIL x-2\n',
    'trial 1 x-2 exited with 3:\nno such option\n',
  ])
  expect((await herd(cwd, 'test --all')).code).toBe(1)
})

test('every config field for sh can be set with a flag', async () => {
  const cwd = newSweep(
    'mkdir -p "$HOTCB_RUN_DIR/stream"; echo "{\\"step\\": 4, \\"value\\": $HYPERHERD_TRIAL_ID, \\"ts\\": 1}" > "$HOTCB_RUN_DIR/stream/loss.jsonl"',
  )
  await herd(cwd, 'run --watch')
  expect((await herd(cwd, 'sh -n')).err).toContain('the config has no `successive_halving`')
  const { out } = await herd(cwd, 'sh -n --json --metric loss --direction min --min-steps 2 --budget 4 --mode asha')
  expect(JSON.parse(out)).toMatchObject({
    mode: 'asha',
    rungs: [2, 4],
    decisions: [{ max_step: 4 }, { verdict: 'prune' }],
  })
  expect((await herd(cwd, 'sh -n --metric loss --direction min --min-steps 9 --budget 4')).err).toContain(
    'a budget of 4 steps',
  )
})

test('run --fresh sets results aside; memory and time are refused locally and passed to the SLURM script', async () => {
  const cwd = newSweep(
    'mkdir -p "$HOTCB_RUN_DIR"; echo >> "$HOTCB_RUN_DIR/mark"',
    'executor: local\nslurm: {partition: p}\n',
  )
  await herd(cwd, 'run -i 0 --watch')
  await herd(cwd, 'run -i 0 -f --watch')
  const mark = join(cwd, '.hyperherd/results/0/mark')
  expect(readFileSync(mark, 'utf8')).toBe('\n\n')
  await herd(cwd, 'run -i 0 -f --fresh --watch')
  expect(readFileSync(mark, 'utf8')).toBe('\n')
  expect(readdirSync(join(cwd, '.hyperherd/results/.old'))).toEqual(['0-1'])
  expect((await herd(cwd, 'run --mem 12G')).err).toContain('`--mem` applies only to SLURM')
  expect((await herd(cwd, 'run --executor slurm --time soon -n')).err).toContain('`--time soon` is not a SLURM time')
  const { out } = await herd(cwd, 'run --executor slurm --mem 12G --time 8:00:00 -n -i 1')
  expect(out).toMatch(/--mem=12G\n/)
  expect(out).toMatch(/--time=8:00:00\n/)
})

test('stop --kill kills a trial immediately', async () => {
  const cwd = newSweep('trap "" TERM; echo up; for k in $(seq 2000); do sleep 0.05; done', 'local: {kill_wait: 1000}\n')
  const driver = ended(start(['sweep', 'run', '-i', '0', '--watch'], { cwd }))
  while ((await trialsOf(cwd).catch(() => []))[0]?.state !== 'running')
    await new Promise((resolve) => setTimeout(resolve, 50))
  expect((await herd(cwd, 'stop 0 --kill')).code).toBe(0)
  await driver
  expect((await trialsOf(cwd))[0]?.state).toBe('cancelled')
})
