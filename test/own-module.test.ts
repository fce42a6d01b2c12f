import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeDirectory } from './remove-directory.ts'
import { ROOT } from './tarballs.ts'

// The trainer of examples/own-module, and the built programs. No code of hotcb knows the module's name.
const TIMEOUT = 900_000
const HOTCB = join(ROOT, 'apps/cli/bin/hotcb.js')
const EXAMPLE = join(ROOT, 'examples/own-module')
const home = mkdtempSync(join(tmpdir(), 'hotcb-own-module-'))
const run = join(home, 'run')
// The kernel writes the second document after the first.
const [STATE, CONTROLS] = ['hotcb.state.json', 'hotcb.actuators.json']
let trainer: ChildProcess

beforeAll(async () => {
  trainer = await startTrainer(run)
}, TIMEOUT)

afterAll(() => {
  trainer.kill('SIGKILL')
  removeDirectory(home)
})

async function startTrainer(dir: string): Promise<ChildProcess> {
  for (const name of [STATE, CONTROLS]) rmSync(join(dir, name), { force: true })
  const child = spawn(process.execPath, ['train.js', dir, '1000000', '1'], { cwd: EXAMPLE, stdio: 'inherit' })
  while (![STATE, CONTROLS].every((name) => existsSync(join(dir, name)))) {
    if (child.exitCode !== null) throw new Error(`the trainer ended with ${child.exitCode}`)
    await sleep(20)
  }
  return child
}

function complete(...words: readonly string[]): string {
  return program('__complete', '--', '--dir', run, ...words).out
}

function hotcb(...args: readonly string[]): Ended {
  return program('--dir', run, ...args)
}

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function program(...args: readonly string[]): Ended {
  const { FORCE_COLOR: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [HOTCB, ...args], {
    encoding: 'utf8',
    env: { ...env, NO_COLOR: '1', USER: 'ann', LC_ALL: 'C.UTF-8' },
  })
  return { code: status, out: stdout, err: stderr }
}

function status(): unknown {
  return JSON.parse(readFileSync(join(run, 'hotcb.state.json'), 'utf8')).modules.noise
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20)
}

test('its ops are commands, with help, completion, and its own text for changes', { timeout: TIMEOUT }, () => {
  expect(hotcb('noise', '--help').out).toMatch(
    /enable\s+Add noise to the inputs\.\n\s+disable\s+Leave the inputs as they are\./,
  )
  expect(hotcb('noise', 'use', '--help').out).toContain('hotcb noise enable KIND [FLAGS]')
  expect(complete('noi')).toContain('noise\t')
  expect(complete('noise', 'use', 'g')).toMatch(/^gauss/)
  const set = hotcb('noise', 'use', 'gauss', '--strength', '0.2', '--wait=60')
  expect(set.out).toMatch(/^✓ noise gauss of 0\.2 at step \d+ {2}seq 2\n$/)
})

test('mistakes are refused before anything is written, with the correct form', { timeout: TIMEOUT }, () => {
  const before = readFileSync(join(run, 'hotcb.commands.jsonl'), 'utf8')
  expect(hotcb('noise', 'use', 'gaus')).toMatchObject({
    code: 2,
    err: expect.stringContaining('`noise enable` accepts gauss and uniform, got "gaus"'),
  })
  expect(hotcb('noise', 'used')).toMatchObject({
    code: 2,
    err: expect.stringContaining('did you mean `hotcb noise use`'),
  })
  expect(hotcb('noise', 'use', 'gauss', '--strength', '-1')).toMatchObject({
    code: 2,
    err: expect.stringContaining('`--strength` must be a number > 0, got "-1"'),
  })
  expect(readFileSync(join(run, 'hotcb.commands.jsonl'), 'utf8')).toBe(before)
})

test('reverts undo its changes, the newest first', { timeout: TIMEOUT }, async () => {
  expect(hotcb('noise', 'use', 'uniform', '--wait=60').out).toMatch(/^✓ noise uniform of 0\.1 at step/)
  expect(hotcb('revert', '--wait=60').out).toContain('noise gauss of 0.2')
  await until(() => JSON.stringify(status()) === '{"kind":"gauss","strength":0.2}')
  expect(hotcb('revert', '--wait=60').code).toBe(0)
  await until(() => status() === null)
})

test('its section of hotcb.yaml is followed', { timeout: TIMEOUT }, async () => {
  writeFileSync(join(run, 'hotcb.yaml'), 'noise: {enabled: true, kind: uniform, strength: 0.3}\n')
  await until(() => JSON.stringify(status()) === '{"kind":"uniform","strength":0.3}')
  writeFileSync(join(run, 'hotcb.yaml'), 'noise: {enabled: false}\n')
  await until(() => status() === null)
})

test('its changes are in recipes, and a restart restores them', { timeout: TIMEOUT }, async () => {
  expect(hotcb('noise', 'use', 'gauss', '--strength', '0.4', '--wait=60').code).toBe(0)
  trainer.kill('SIGKILL')
  await until(() => trainer.exitCode !== null || trainer.signalCode !== null)
  const recipe = hotcb('recipe', 'export', '--out', '-')
  expect(
    recipe.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .at(-1),
  ).toMatchObject({
    module: 'noise',
    op: 'enable',
    params: { kind: 'gauss', strength: 0.4 },
  })
  expect(hotcb('log').out).toMatch(/noise gauss of 0\.4/)
  trainer = await startTrainer(run)
  const steps = (): number => JSON.parse(readFileSync(join(run, 'hotcb.state.json'), 'utf8')).step ?? 0
  const last = Number(/at step (\d+)/.exec(hotcb('log').out)?.[1] ?? 0)
  await until(() => steps() > last)
  await until(() => JSON.stringify(status()) === '{"kind":"gauss","strength":0.4}')
})
