import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openShell } from './pseudo-terminal.ts'
import { ROOT } from './tarballs.ts'

const HOTCB = join(ROOT, 'apps/cli/bin/hotcb.js')
const LAUNCH = `${process.execPath} ${HOTCB} launch --no-serve`
const CTRL_C = '\u0003'

/** A directory for runs; every training that was left in it is ended with the test. */
function home(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-launch-'))
  onTestFinished(() => {
    for (const pid of pidsBelow(dir)) end(pid)
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
  })
  return dir
}

/** Ends a process that a log of this test names. Never a group, and never what is no process id. */
function end(pid: number): void {
  if (!Number.isSafeInteger(pid) || pid <= 1) throw new RangeError(`no process id: ${pid}`)
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

interface Line {
  readonly kind?: string
  readonly step?: number
  readonly data?: Readonly<Record<string, unknown>>
}

function linesOf(run: string, name: string): readonly Line[] {
  const path = join(run, `hotcb.${name}.jsonl`)
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((text) => JSON.parse(text))
}

/** Trainings and their keepers, as the logs name them. */
function pidsBelow(dir: string): readonly number[] {
  return ['run', 'whole'].flatMap((name) =>
    linesOf(join(dir, name), 'launch').flatMap(({ kind, data }) =>
      kind === 'started' || kind === 'begin' ? [Number(data?.['pid'])] : [],
    ),
  )
}

function ended(run: string): Line['data'] {
  return linesOf(run, 'launch').findLast(({ kind }) => kind === 'ended')?.data
}

/** Whether a process runs. One that has ended, and that nobody has waited for, does not. */
function processExists(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z')
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 50))
}

/** Runs `hotcb launch ARGS` to its end. */
function launch(cwd: string, args: readonly string[]): { readonly code: number | null; readonly out: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [HOTCB, 'launch', '--no-serve', ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  })
  return { code: status, out: stdout + stderr }
}

test('ctrl-C on a terminal ends a training and all its processes, and `--resume` trains what an uninterrupted run trains', async () => {
  const dir = home()
  const run = join(dir, 'run')
  const options = '--config multitask --seed 5 --max-steps 60 --step-delay 0.02'
  const shell = openShell({ cwd: dir })
  shell.type(`${LAUNCH} ${options} --autopilot auto --run-dir run\n`)
  await until(() => linesOf(run, 'metrics').length > 10)
  shell.type(CTRL_C)
  await shell.said(/^Stopped at step \d+/m)
  await shell.said(/^\$ $/m)
  shell.type('echo "exit code: $?"\n')
  expect(await shell.said(/^exit code: (\d+)$/m)).toBe('130')
  // A keeper ends right after it has written how the training ended.
  await until(() => !pidsBelow(dir).some(processExists))
  shell.type(`${LAUNCH} --resume run\n`)
  await shell.said(/^Done at step 60/m)
  shell.close()

  expect(launch(dir, [...options.split(' '), '--run-dir', 'whole']).code).toBe(0)
  const weightsOf = (name: string): unknown => JSON.parse(readFileSync(join(dir, name, 'hotcb.run.json'), 'utf8'))
  expect(weightsOf('run')).toMatchObject({
    weights_sha256: (weightsOf('whole') as Line & Record<string, unknown>)['weights_sha256'],
  })
  expect(linesOf(run, 'metrics').map(({ step }) => step)).toEqual([...Array(60).keys()])
})

/** Starts a training that goes on until it is ended, and waits for its first steps. */
async function startLong(
  dir: string,
): Promise<{ readonly launcher: number; readonly keeper: number; readonly trainer: number }> {
  const args = [
    'launch',
    '--no-serve',
    '--config',
    'simple',
    '--max-steps',
    '100000',
    '--step-delay',
    '0.02',
    '--run-dir',
    'run',
  ]
  const { pid = 0 } = spawn(process.execPath, [HOTCB, ...args], { cwd: dir, stdio: 'ignore' })
  await until(() => linesOf(join(dir, 'run'), 'metrics').length > 10)
  const [keeper = 0, trainer = 0] = pidsBelow(dir)
  return { launcher: pid, keeper, trainer }
}

/** Attaches to it, ends it as ctrl-C does, and gives what was said. */
async function attachAndEnd(dir: string): Promise<{ readonly code: number | null; readonly out: string }> {
  const child = spawn(process.execPath, [HOTCB, 'launch', '--no-serve', '--resume', 'run'], { cwd: dir })
  let out = ''
  let isAsked = false
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    out += more
    if (isAsked || !out.includes('Going on with')) return
    isAsked = child.kill('SIGINT')
  })
  return { code: await new Promise((resolve) => child.once('close', resolve)), out }
}

test('a training goes on when its launcher is killed, and `--resume` attaches to it', async () => {
  const dir = home()
  const run = join(dir, 'run')
  const { launcher, trainer } = await startLong(dir)
  end(launcher)
  const steps = linesOf(run, 'metrics').length
  await until(() => linesOf(run, 'metrics').length > steps + 10)
  const { code, out } = await attachAndEnd(dir)
  expect(code, out).toBe(130)
  expect(out).toMatch(new RegExp(`^Going on with run, process ${trainer};`, 'm'))
  const trained = linesOf(run, 'metrics').map(({ step }) => step)
  expect(trained).toEqual([...trained.keys()])
  expect(linesOf(run, 'launch').filter(({ kind }) => kind === 'launch')).toHaveLength(1)
  expect(ended(run)).toMatchObject({ exit_code: 0, asked: 'interrupted' })
  // A keeper ends right after it has written how the training ended.
  await until(() => !pidsBelow(dir).some(processExists))
})

test('a keeper that is killed too leaves the training alone, and another one takes it up', async () => {
  const dir = home()
  const run = join(dir, 'run')
  const { launcher, keeper, trainer } = await startLong(dir)
  end(launcher)
  end(keeper)
  await until(() => !processExists(keeper))
  const { code, out } = await attachAndEnd(dir)
  expect(code, out).toBe(130)
  expect(out).toMatch(new RegExp(`^Going on with run, process ${trainer};`, 'm'))
  // How a process of another parent ended cannot be seen.
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

test('a function in Python is called with run directory, steps, delay and an event', () => {
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
  const { code, out } = launch(dir, ['--train-fn', 'my_module:train', '--max-steps', '3', '--run-dir', 'run'])
  expect(code, out).toBe(0)
  expect(out).toMatch(/^Done: loss 0\.1$/m)
  expect(linesOf(join(dir, 'run'), 'metrics')).toHaveLength(3)
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
  await until(() => existsSync(join(dir, 'run/begun')))
  expect(readFileSync(join(dir, 'run/begun'), 'utf8')).toBe('1000 9')
  launcher.kill('SIGINT')
  expect(await code).toBe(130)
  expect(readFileSync(join(dir, 'run/ended'), 'utf8')).toBe('by its signal')
  expect(ended(join(dir, 'run'))).toMatchObject({ exit_code: 0, asked: 'interrupted' })
})

test('a training that hangs and ignores SIGTERM is killed', async () => {
  const dir = home()
  const program = "process.on('SIGTERM', () => {}); console.log('hangs'); setInterval(() => {}, 1000)"
  const config = { command: [process.execPath, '-e', program], run_dir: 'run', stop_seconds: 0.3, kill_seconds: 0.3 }
  writeFileSync(join(dir, 'hotcb.launch.json'), JSON.stringify(config))
  const launcher = spawn(process.execPath, [HOTCB, 'launch', '--no-serve'], { cwd: dir, stdio: 'ignore' })
  const code = new Promise((resolve) => launcher.once('exit', resolve))
  const out = join(dir, 'run/hotcb.out')
  await until(() => existsSync(out) && readFileSync(out, 'utf8').includes('hangs'))
  launcher.kill('SIGINT')
  expect(await code).toBe(130)
  expect(ended(join(dir, 'run'))).toMatchObject({ exit_code: null, signal: 'SIGKILL', asked: 'interrupted' })
  // A keeper ends right after it has written how the training ended.
  await until(() => !pidsBelow(dir).some(processExists))
})

test('processes that a training leaves behind are ended and reported', () => {
  const dir = home()
  const { code, out } = launch(dir, ['--run-dir', 'run', '--', 'sh', '-c', 'sleep 60 & echo $!'])
  expect(code).toBe(0)
  expect(out).toMatch(/^Processes that it had left behind were ended\.$/m)
  expect(processExists(Number(readFileSync(join(dir, 'run/hotcb.out'), 'utf8')))).toBe(false)
})

test('a training that prints a gigabyte keeps the last of it, in a file of bounded size', () => {
  const dir = home()
  const { code } = launch(dir, [
    '--run-dir',
    'run',
    '--',
    'sh',
    '-c',
    'head -c 1073741824 /dev/zero; echo; echo the end',
  ])
  expect(code).toBe(0)
  expect(statSync(join(dir, 'run/hotcb.out')).size).toBeLessThan(9 * 1024 * 1024)
  const kept = ['hotcb.out.1', 'hotcb.out'].map((name) => readFileSync(join(dir, 'run', name), 'utf8')).join('')
  expect(kept).toMatch(/\[hotcb: \d+ bytes of output were removed here/)
  expect(kept).toContain('the end')
})

test('a time limit counts from the first step, and ends the training by its kernel', () => {
  const dir = home()
  const args = [
    '--config',
    'simple',
    '--max-steps',
    '100000',
    '--step-delay',
    '0.01',
    '--max-time',
    '0.5',
    '--run-dir',
    'run',
  ]
  const { code, out } = launch(dir, args)
  expect(code, out).toBe(0)
  expect(out).toMatch(/^Time is up at step \d+/m)
  expect(ended(join(dir, 'run'))).toMatchObject({ exit_code: 0, asked: 'max-time' })
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
