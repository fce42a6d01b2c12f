import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { end, ended, HOTCB, home, launch, linesOf, pidsBelow, processExists, until } from './launched.ts'
import { openShell } from './pseudo-terminal.ts'
import { ROOT } from './tarballs.ts'

const LAUNCH = `${process.execPath} ${HOTCB} launch --no-serve`
const CTRL_C = '\u0003'

test('ctrl-C on a terminal ends a training run and all its processes, and `--resume` and `--from-checkpoint` train what an uninterrupted run trains', async () => {
  const dir = home()
  const run = join(dir, 'run')
  const options = '--config multitask --seed 5 --max-steps 60'
  const shell = openShell({ cwd: dir })
  // So slow that it cannot end before it is interrupted, however busy the machine is.
  shell.type(`${LAUNCH} ${options} --step-delay 1 --autopilot auto --run-dir run\n`)
  await until(() => linesOf(run, 'metrics').length > 2)
  shell.type(CTRL_C)
  await shell.said(/^Stopped at step \d+/m)
  await shell.said(/^\$ $/m)
  shell.type('echo "exit code: $?"\n')
  expect(await shell.said(/^exit code: (\d+)\n/m)).toBe('130')
  // A keeper ends right after it has written how the training ended.
  await until(() => !pidsBelow(dir).some(processExists))
  shell.type(`${LAUNCH} --resume run --step-delay 0\n`)
  await shell.said(/^Done at step 60/m)
  shell.close()

  expect(launch(dir, [...options.split(' '), '--run-dir', 'whole']).code).toBe(0)
  const documentOf = (name: string): Readonly<Record<string, unknown>> =>
    JSON.parse(readFileSync(join(dir, name, 'hotcb.run.json'), 'utf8'))
  const { weights_sha256 } = documentOf('whole')
  expect(documentOf('run')).toMatchObject({ weights_sha256 })

  // A new run from the checkpoint of the interruption trains the rest in the same way.
  const tags = readdirSync(join(run, 'hotcb.checkpoints'))
  const tag = tags.find((name) => /^step-\d+$/.test(name) && name !== 'step-60') ?? ''
  expect(launch(dir, ['--from-checkpoint', `run:${tag}`, '--step-delay', '0', '--run-dir', 'branch']).code).toBe(0)
  const changed = ['--from-checkpoint', `run:${tag}`, '--step-delay', '0', '--run-dir', 'changed', '--set', 'lr=0.011']
  expect(launch(dir, changed).code).toBe(0)
  expect(linesOf(join(dir, 'changed'), 'applied').map((line) => JSON.stringify(line))).toContainEqual(
    expect.stringContaining('"params":{"lr":0.011}'),
  )
  const step = Number(tag.slice('step-'.length))
  expect(documentOf('branch')).toMatchObject({ weights_sha256, seed: 5, parent: { run: 'run', step } })
  expect(linesOf(join(dir, 'branch'), 'metrics').at(0)?.step).toBe(step)
  expect(linesOf(run, 'metrics').map(({ step }) => step)).toEqual([...Array(60).keys()])
})

/** Starts a training run that continues until it is ended, and waits for its first steps. */
async function startLong(
  dir: string,
): Promise<{ readonly launcher: number; readonly keeper: number; readonly trainer: number }> {
  // Metrics without a kernel: cheap, and enough to see whether it trains.
  const step = 'echo "{\\"step\\": $i, \\"metrics\\": {\\"loss\\": 1}}" >> "$HOTCB_RUN_DIR/hotcb.metrics.jsonl"'
  const loop = `i=0; while [ $i -lt 100000 ]; do ${step}; i=$((i + 1)); sleep 0.02; done`
  const args = ['launch', '--no-serve', '--run-dir', 'run', '--', 'sh', '-c', loop]
  const { pid = 0 } = spawn(process.execPath, [HOTCB, ...args], { cwd: dir, stdio: 'ignore' })
  await until(() => linesOf(join(dir, 'run'), 'metrics').length > 10)
  const [keeper = 0, trainer = 0] = pidsBelow(dir)
  return { launcher: pid, keeper, trainer }
}

/** Attaches to the run, ends it as ctrl-C does, and returns the exit code and the output. */
async function attachAndEnd(dir: string): Promise<{ readonly code: number | null; readonly out: string }> {
  const child = spawn(process.execPath, [HOTCB, 'launch', '--no-serve', '--resume', 'run'], { cwd: dir })
  let out = ''
  let isAsked = false
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    out += more
    if (isAsked || !out.includes('Resumed')) return
    isAsked = child.kill('SIGINT')
  })
  return { code: await new Promise((resolve) => child.once('close', resolve)), out }
}

test('a training run continues when its launcher is killed, and `--resume` attaches to it', async () => {
  const dir = home()
  const run = join(dir, 'run')
  const { launcher, trainer } = await startLong(dir)
  end(launcher)
  const steps = linesOf(run, 'metrics').length
  await until(() => linesOf(run, 'metrics').length > steps + 10)
  const { code, out } = await attachAndEnd(dir)
  expect(code, out).toBe(130)
  expect(out).toMatch(new RegExp(`^Resumed run, process ${trainer};`, 'm'))
  const trained = linesOf(run, 'metrics').map(({ step }) => step)
  expect(trained).toEqual([...trained.keys()])
  expect(linesOf(run, 'launch').filter(({ kind }) => kind === 'launch')).toHaveLength(1)
  expect(ended(run)).toMatchObject({ signal: 'SIGTERM', asked: 'interrupted' })
  // A keeper ends right after it has written how the training ended.
  await until(() => !pidsBelow(dir).some(processExists))
})

test('if the keeper is killed too, the training run continues, and another keeper takes over', async () => {
  const dir = home()
  const run = join(dir, 'run')
  const { launcher, keeper, trainer } = await startLong(dir)
  end(launcher)
  end(keeper)
  await until(() => !processExists(keeper))
  const { code, out } = await attachAndEnd(dir)
  expect(code, out).toBe(130)
  expect(out).toMatch(new RegExp(`^Resumed run, process ${trainer};`, 'm'))
  // The new keeper cannot read the exit status of another process's child.
  expect(ended(run)).toMatchObject({ exit_code: null, signal: null, asked: 'interrupted' })
  // A keeper ends right after it has written how the training ended.
  await until(() => !pidsBelow(dir).some(processExists))
})

test('a program that crashes is reported with its last lines, in Python too', () => {
  const dir = home()
  writeFileSync(join(dir, 'train.py'), 'print("epoch 1")\nraise ValueError("no such data")\n')
  const { code, out } = launch(dir, ['--run-dir', 'run', '--', 'python3', 'train.py', '--no-serve'])
  expect(code).toBe(1)
  expect(out).toMatch(/^The training failed with exit code 1\n/m)
  expect(out).toMatch(/^ {2}epoch 1\n(.*\n)*? {2}ValueError: no such data$/m)
  expect(JSON.parse(readFileSync(join(dir, 'run/hotcb.run.json'), 'utf8'))).toMatchObject({
    exit_code: 1,
    stopped_early: true,
  })
})

test('a function in Python is called by HOTCB_PYTHON, with run directory, steps, delay and an event', () => {
  const dir = home()
  const body = [
    'import json, os',
    'def train(run_dir, max_steps, step_delay, stop_event):',
    '    with open(os.path.join(run_dir, "hotcb.metrics.jsonl"), "a") as file:',
    '        for step in range(max_steps):',
    '            if not stop_event.is_set():',
    '                file.write(json.dumps({"step": step, "metrics": {"loss": step_delay}}) + "\\n")',
  ]
  writeFileSync(join(dir, 'my_module.py'), `${body.join('\n')}\n`)
  writeFileSync(join(dir, 'python'), '#!/bin/sh\necho used > "$HOTCB_RUN_DIR/python"\nexec python3 "$@"\n', {
    mode: 0o755,
  })
  const args = ['--train-fn', 'my_module:train', '--max-steps', '3', '--run-dir', 'run']
  const { code, out } = launch(dir, args, { HOTCB_PYTHON: './python' })
  expect(code, out).toBe(0)
  expect(existsSync(join(dir, 'run/python'))).toBe(true)
  expect(out).toMatch(/^Done: loss 0\.1$/m)
  expect(linesOf(join(dir, 'run'), 'metrics')).toHaveLength(3)

  const refused = launch(dir, ['--train-fn', 'my_module:train'], { HOTCB_PYTHON: '/nowhere/python' })
  expect(refused.code).toBe(1)
  expect(refused.out).toMatch(/^hotcb: .*`\/nowhere\/python`.*$/m)
})

test('a function in TypeScript gets its arguments, and a signal when it has to end', async () => {
  const dir = home()
  writeFileSync(
    join(dir, 'mine.ts'),
    `import { writeFileSync } from 'node:fs'
interface Given { readonly runDir: string; readonly maxSteps: number; readonly seed: number; readonly signal: AbortSignal }
export async function train({ runDir, maxSteps, seed, signal }: Given): Promise<void> {
  writeFileSync(\`\${runDir}/begun\`, \`\${maxSteps} \${seed}\`)
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  writeFileSync(\`\${runDir}/ended\`, 'by its signal')
}
`,
  )
  const args = ['launch', '--no-serve', '--train-fn', 'mine:train', '--seed', '9', '--run-dir', 'run']
  const launcher = spawn(process.execPath, [HOTCB, ...args], { cwd: dir, stdio: 'ignore' })
  const code = new Promise((resolve) => launcher.once('exit', resolve))
  const begun = join(dir, 'run/begun')
  // It exists before it has its text.
  await until(() => existsSync(begun) && readFileSync(begun, 'utf8') !== '')
  expect(readFileSync(begun, 'utf8')).toBe('1000 9')
  launcher.kill('SIGINT')
  expect(await code).toBe(130)
  expect(readFileSync(join(dir, 'run/ended'), 'utf8')).toBe('by its signal')
  expect(ended(join(dir, 'run'))).toMatchObject({ exit_code: 0, asked: 'interrupted' })
})

test('a script of ten lines starts, watches, changes, waits and reads the result', () => {
  const dir = home()
  const { status, stdout, stderr } = spawnSync(process.execPath, ['watch.mjs', join(dir, 'run')], {
    cwd: join(ROOT, 'examples/launch'),
    encoding: 'utf8',
  })
  expect(status, stderr).toBe(0)
  expect(stdout).toMatch(/^lr changed at step \d+: applied; exit code 0, 400 losses\ntest loss 0\.\d+\n$/)
})
