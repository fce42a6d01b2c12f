import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { childHasEnded, groupExists, processExists, processStart, processStartOf, processState } from '../src/index.ts'
import { createProcessMarks } from '../src/process-mark.ts'

const isLinux = process.platform === 'linux'

const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A process that prints its own start and then sleeps. */
async function startSleeper(): Promise<{ child: ChildProcess; pid: number; start: string | null }> {
  const source = fileURLToPath(new URL('../src/process-mark.ts', import.meta.url))
  const script = `
    const { processStart } = await import(${JSON.stringify(source)})
    console.log(JSON.stringify(processStart()))
    setInterval(() => {}, 1000)`
  const loader = fileURLToPath(new URL('../../../scripts/typescript-loader.mjs', import.meta.url))
  const child = spawn(process.execPath, ['--import', loader, '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const line = await new Promise<string>((resolve) => child.stdout?.once('data', (data) => resolve(String(data))))
  return { child, pid: child.pid ?? 0, start: JSON.parse(line) }
}

describe.runIf(process.platform !== 'win32')('a process', () => {
  test('is running for itself, and for others while it is alive', async () => {
    expect(processState(process.pid, processStart())).toBe('running')
    const { child, pid, start } = await startSleeper()
    expect(start).not.toBe(processStart())
    expect(processState(pid, start)).toBe('running')
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    expect(processState(pid, start)).toBe('gone')
  })

  test('is seen to have ended before its parent gets the event', async () => {
    const { child, pid } = await startSleeper()
    expect(childHasEnded(pid)).toBe(false)
    child.kill('SIGKILL')
    // No event arrives during this time, because this process is blocked.
    const until = Date.now() + 300_000
    while (!childHasEnded(pid) && Date.now() < until);
    expect(childHasEnded(pid)).toBe(true)
    expect(child.exitCode ?? child.signalCode).toBeNull()
  })

  test('counts as running while it is stopped', async () => {
    const { child, pid, start } = await startSleeper()
    child.kill('SIGSTOP')
    expect(processState(pid, start)).toBe('running')
  })

  test('is gone when another process has its pid', async () => {
    const { start } = await startSleeper()
    expect(processState(process.pid, start)).toBe('gone')
  })

  test('with a given pid exists or not, no matter which user owns it', async () => {
    const { child, pid } = await startSleeper()
    expect([process.pid, 1, pid].map(processExists)).toEqual([true, true, true])
    const none = [null, 0, -1, -process.pid, 2 ** 22 + 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]
    expect(none.map(processExists)).toEqual(Array(none.length).fill(false))
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    expect(processExists(pid)).toBe(false)
  })

  test('that was started as a group leaves no group behind once it has ended', async () => {
    const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
    children.push(child)
    const pid = child.pid ?? 0
    expect(groupExists(pid)).toBe(true)
    // 0 and 1 are not groups to `kill`: it would signal the caller's own group, or every process.
    expect([2 ** 22 + 1, 1, 0, -1, -pid, 1.5, Number.NaN].map(groupExists)).toEqual(Array(7).fill(false))
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    expect(groupExists(pid)).toBe(false)
  })

  test('of a given pid has the start that it reports itself, and no start when there is none', async () => {
    const { pid, start } = await startSleeper()
    expect(processStartOf(pid)).toBe(start)
    expect([processStartOf(2 ** 22 + 1), childHasEnded(2 ** 22 + 1), childHasEnded(null)]).toEqual([null, false, false])
  })
})

describe.runIf(isLinux)('on Linux a process', () => {
  test('that has ended is gone even if its parent has not waited for it', async () => {
    const child = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const pid = Number(await new Promise((resolve) => child.stdout?.once('data', (data) => resolve(String(data)))))
    // A shell may still wait for its child before it becomes `sleep`, which never does.
    await until(() => readFileSync(`/proc/${child.pid}/comm`, 'utf8') === 'sleep\n')
    process.kill(pid, 'SIGKILL')
    const stat = (): string[] => readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')
    await until(() => stat()[2] === 'Z')
    expect(processState(pid, startWithTicks(stat()[21] ?? ''))).toBe('gone')
  })

  // Needs permission to create namespaces, which containers often lack.
  const inNamespace = ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc']
  const canUnshare = isLinux && spawnSync('unshare', [...inNamespace, 'true']).status === 0

  test.runIf(canUnshare)('of another pid namespace is unknown, from inside and outside', () => {
    const source = fileURLToPath(new URL('../src/process-mark.ts', import.meta.url))
    const loader = fileURLToPath(new URL('../../../scripts/typescript-loader.mjs', import.meta.url))
    const script = `
      const { processStart, processState } = await import(${JSON.stringify(source)})
      const outer = JSON.parse(process.argv[1])
      console.log(JSON.stringify([process.pid, processStart(), processState(outer[0], outer[1]), processState(1, processStart())]))`
    const args = ['--import', loader, '--input-type=module', '-e', script]
    const outer = JSON.stringify([process.pid, processStart()])
    const output = execFileSync('unshare', [...inNamespace, process.execPath, ...args, outer], { encoding: 'utf8' })
    const [pid, start, seenFromWithin, itself] = JSON.parse(output)
    expect(pid).toBe(1)
    expect([seenFromWithin, itself, processState(pid, start)]).toEqual(['unknown', 'running', 'unknown'])
  })
})

test.runIf(isLinux)('the output of the real `ps` is parsed', () => {
  const day = String.raw`\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}`
  const marks = createProcessMarks({
    platform: 'freebsd',
    pid: process.pid,
    readFile: (path) => readFileSync(path, 'utf8'),
    readLink: (path) => readlinkSync(path),
    probe: (pid) => void process.kill(pid, 0),
    ps: (pids) =>
      execFileSync('ps', ['-o', 'pid=,stat=,lstart=', '-p', pids.join(',')], {
        encoding: 'utf8',
        env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      }),
    now: () => performance.now(),
  })
  expect(marks.start()).toMatch(new RegExp(`^${day}/${day}$`))
})

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

function startWithTicks(ticks: string): string {
  return (processStart() ?? '').replace(/[^/]+$/, ticks)
}
