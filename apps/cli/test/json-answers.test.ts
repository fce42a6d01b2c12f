import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isAnswer } from '../../../packages/cli/src/answers/answer.ts'
import { answerOf } from '../../../packages/cli/src/answers/table.ts'
import { commandNames } from '../../../packages/cli/src/commands/look/schema.ts'
import { runLine } from '../../../packages/cli/test/line-runner.ts'
import { type Ended, ended } from '../../../packages/cli/test/program.ts'
import { COVERED, requireAnswers } from '../../../packages/cli/test/strict-answers.ts'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { buildPrograms, HOTCB } from './built-program.ts'

const HOME = mkdtempSync(join(tmpdir(), 'hotcb-json-'))
const children: ChildProcess[] = []
const hook = createServer((_request, response) => response.end('ok'))

beforeAll(() => {
  buildPrograms()
  hook.listen(0, '127.0.0.1')
})

afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  hook.close()
  removeDirectory(HOME)
})

const { NO_COLOR: _, FORCE_COLOR: __, HOTCB_DIR: ___, ...INHERITED } = process.env
const SURROUNDINGS = {
  cwd: HOME,
  env: { ...INHERITED, HOME, XDG_CACHE_HOME: join(HOME, 'cache'), USER: 'ann', SECRET: 'x' },
}

function start(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [HOTCB, ...args], SURROUNDINGS)
  children.push(child)
  return child
}

/** Runs a command line with `--json`, whose answer must fit its schema, and returns the documents. */
async function run(
  line: string | readonly string[],
  exitCode: number | readonly number[] = 0,
): Promise<readonly Record<string, unknown>[]> {
  const args = [...(typeof line === 'string' ? line.split(' ') : line), '--json']
  return checked(await runLine(HOTCB, { args, ...SURROUNDINGS }), args, exitCode)
}

function checked({ code, out, err }: Ended, args: readonly string[], exitCode: number | readonly number[]) {
  const isExpected = [exitCode].flat().some((one) => one === code)
  expect({ args, code, err: isExpected ? '' : err }).toEqual({ args, code: isExpected ? code : exitCode, err: '' })
  requireAnswers(args, { code, out, err })
  return documents(out)
}

function documents(out: string): readonly Record<string, unknown>[] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** Starts a command that keeps printing, interrupts it after a number of lines, and checks its output. */
async function follow(line: string, count = 1): Promise<readonly Record<string, unknown>[]> {
  const args = [...line.split(' '), '--json']
  const child = start(args)
  let lines = 0
  let isInterrupted = false
  child.stdout?.on('data', (chunk) => {
    lines += String(chunk).split('\n').length - 1
    // Only once, because a second ctrl-C ends a program immediately while it exits.
    if (lines < count || isInterrupted) return
    isInterrupted = true
    child.kill('SIGINT')
  })
  return checked(await ended(child), args, 130)
}

/** Starts a training run that continues until it is stopped. */
async function living(dir: string): Promise<void> {
  start(`demo --dir ${dir} --no-serve --max-steps 1000000 --step-delay 0.005 --tune suggest --config digits`.split(' '))
  await expect
    .poll(async () => (await run(`--dir ${HOME} runs`))[0]?.['runs'])
    .toContainEqual(expect.objectContaining({ run_dir: join(HOME, dir), state: 'alive' }))
}

test('commands that read a run, and those that create one', async () => {
  await run('init --dir new')
  await run('demo --dir a --no-serve --golden --max-steps 300 --seed 1')
  await run('demo --dir b --no-serve --max-steps 120 --seed 1 --autopilot auto --checkpoint-every 50')
  for (const line of [
    'runs',
    'status',
    'get lr',
    'get val_loss',
    'checkpoint list',
    'log',
    'log -n 2 --changes',
    'watch --once',
    'explain',
    'doctor',
    'doctor --accept-ledger',
    'export metrics --format jsonl',
    'autopilot ai status',
    'autopilot ai budget',
    'autopilot ai history',
    'autopilot ai dry-run',
    'autopilot rules',
    'autopilot test',
    'autopilot status',
    'autopilot proposals --all',
    'autopilot rules disable plateau_lr_reduce',
    'tune status',
    'tune export-recipe',
    'tune export-recipe --out summary.json',
    'notify log',
    'recipe export',
    'recipe export --out -',
    'recipe show',
    'recipe validate',
    'recipe apply',
    'recipe patch-template',
    'recipe patch-template --output -',
    'recipe queue',
    'replay preview',
  ]) {
    await run(`--dir a ${line}`)
  }
  await run('autopilot rules check rules.yaml', 1)
  await run('--dir b autopilot mode suggest')
  await run('--dir b recipe export --force')
  await run('recipe edit a/hotcb.recipe.jsonl --from 100 --shift 5 --out ./edited.jsonl')
  await run('recipe overlay a/hotcb.recipe.jsonl edited.jsonl')
  await run('recipe overlay a/hotcb.recipe.jsonl edited.jsonl --out ./over.yaml')
  await run('recipe diff a/hotcb.recipe.jsonl b/hotcb.recipe.jsonl')
  await run('diff a b')
  await run('replay --verify a b', 1)
  await run('replay --verify a a')
  await run('cache clear')
  await run('schema')
  await run('schema status')
  await run('schema sweep status')
  await run('install-skill claude --no-mcp')
  await run('sweep install-skill --scope project')
  await run('bench run --list')
  await run('bench eval --data cifar10=none --list', 1)
})

test('commands that change a run', async () => {
  await living('live')
  for (const line of [
    'checkpoint save start --wait=60 --note begin',
    'set lr=0.02 --wait=60',
    'set lr=0.03',
    'disable lr --wait=60',
    'enable lr --wait=60',
    'opt set_params lr=0.01 --wait=60',
    'freeze --wait=60',
    'unfreeze --wait=60',
    'pause --wait=60',
    'resume --wait=60',
    'revert 2 --wait=60 --force',
    'checkpoint load start --wait=60',
  ]) {
    await run(`--dir live ${line}`)
  }
  const [refused] = await run('--dir live set lr=-1', 2)
  expect(refused).toBeUndefined()
  expect(await follow('--dir live watch --every 0.1', 3)).not.toHaveLength(0)
  expect((await follow('--dir live log --follow', 3)).map(({ seq }) => seq).slice(0, 3)).toEqual([1, 2, 3])
  expect(await follow('--dir live autopilot run')).not.toHaveLength(0)
  const autopilot = start('--dir live autopilot run --json'.split(' '))
  await new Promise((resolve) => autopilot.stdout?.once('data', resolve))
  await run(['--dir', 'live', 'autopilot', 'propose', 'set lr=x0.5', '--note', 'why', '--no-wait'])
  autopilot.kill('SIGINT')
  await run('--dir live stop --wait=60')
})

test('dashboards, messages and launched runs', async () => {
  await run('launch --config simple --run-dir launched --max-steps 20 --no-serve')
  await run('serve token add ada --role owner --tokens team.json')
  await run('serve token list --tokens team.json')
  await run('serve token remove ada --tokens team.json')
  const args = ['serve', '--root', '.', '--port', '0', '--json']
  const server = start(args)
  const first = await new Promise<string>((resolve) => server.stdout?.once('data', (text) => resolve(String(text))))
  requireAnswers(args, { code: null, out: first, err: '' })
  const address = String(documents(first)[0]?.['address'])
  await run(['serve', 'agents', 'list', '--url', address])
  server.kill('SIGINT')
  const { port } = hook.address() as AddressInfo // it listens on a port
  const config = `channels:\n  hook: {kind: webhook, url: "http://127.0.0.1:${port}/", secret: env:SECRET}\n`
  mkdirSync(join(HOME, 'told'))
  await run('--dir told init')
  writeFileSync(join(HOME, 'told/hotcb.notify.yaml'), config, { mode: 0o600 })
  await run('--dir told notify rules')
  await run('--dir told notify test')
  await run(['--dir', 'told', 'notify', 'send', 'hello'])
  await follow('--dir told notify run')
})

const SWEEP = 'name: t\ngrid: all\nlauncher: ./l.sh\nparameters:\n  x: {type: discrete, values: [1, 2, 3]}\n'

test('commands of a sweep', async () => {
  const dir = join(HOME, 'sweep')
  await run('sweep init fresh')
  mkdirSync(dir)
  writeFileSync(join(dir, 'hyperherd.yaml'), SWEEP)
  const log = '. "$HYPERHERD_WORKSPACE/.hyperherd/clients/trial.sh"\nlog_result loss 0.5 1\nlog_result loss 0.25\n'
  writeFileSync(join(dir, 'l.sh'), `#!/bin/bash\n${log}echo done\nexit $((HYPERHERD_TRIAL_ID % 2))\n`)
  chmodSync(join(dir, 'l.sh'), 0o755)
  await run('sweep ls sweep')
  await run('sweep run sweep -n')
  await run('sweep run sweep --watch')
  for (const line of [
    'run',
    'drive',
    'drive --once',
    'status',
    'watch --once',
    'res',
    'res --steps',
    'why',
    'importance -m loss --direction min',
    'plot curves -m loss --direction min -o curves.svg',
    'export -o trials.csv',
    'stats',
    'snapshot',
    'resume --all',
    'pause --all',
    'prune --all',
    'stop --all',
    'monitor --once --no-agent',
    'monitor --dry-run',
    'clean',
  ]) {
    const [name = '', ...rest] = line.split(' ')
    await run(`sweep ${name} sweep ${rest.join(' ')}`.trim())
  }
  // A driver that has no work left may still be exiting, and the doctor reports that.
  await expect.poll(async () => (await run('sweep doctor sweep', [0, 1]))[0]?.['ok']).toBe(true)
  await run('sweep tail sweep 1')
  await run('sweep tail sweep 1 --follow')
  await run('sweep log sweep 1')
  await run('sweep log sweep 1 --follow')
  expect(await follow('sweep watch sweep --every 0.1', 3)).not.toHaveLength(0)
  // A running trial without a hotcb kernel.
  mkdirSync(join(HOME, 'slow'))
  const halving = 'successive_halving: {metric: loss, direction: min, min_steps: 1, budget: 4, eta: 2, mode: asha}\n'
  writeFileSync(join(HOME, 'slow/hyperherd.yaml'), SWEEP + halving)
  writeFileSync(join(HOME, 'slow/l.sh'), '#!/bin/bash\nsleep 100\n', { mode: 0o755 })
  await run('sweep run slow -i 0')
  await expect.poll(async () => (await run('sweep status slow'))[0]?.['totals']).toMatchObject({ running: 1 })
  await run('sweep set slow 0 lr=1', 1)
  await run('sweep sh slow -n')
  await run('sweep stop slow --all --kill')
})

// Commands that need more than a run and a sweep. Other tests run them with `--json`, and check the answer by its schema too.
const ELSEWHERE: Readonly<Record<string, string>> = {
  'cb list': 'callbacks.test.ts',
  'cb logs': 'callbacks.test.ts',
  'ctl list': 'ctl.test.ts',
  'autopilot approve': 'autopilot.test.ts',
  'autopilot reject': 'autopilot.test.ts',
  'autopilot why': 'autopilot.test.ts',
  'notify log': 'notify.test.ts',
  'tune why': 'tune.test.ts',
  // Needs a monitor; not run with `--json` yet.
  'sweep propose': '',
}

test('every command with an answer is checked', () => {
  // Several commands may share one answer.
  const covered = new Set([...COVERED, ...Object.keys(ELSEWHERE)].map(answerOf))
  const left = commandNames().filter((name) => isAnswer(answerOf(name)) && !covered.has(answerOf(name)))
  expect(left).toEqual([])
})
