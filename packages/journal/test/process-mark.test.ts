import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { childHasEnded, processExists, processStart, processState } from '../src/index.ts'
import { createProcessMarks } from '../src/process-mark.ts'
import type { ProcessSystem } from '../src/process-system.ts'

const isLinux = process.platform === 'linux'
const linux: ProcessSystem = {
  platform: process.platform,
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
}

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
    // No event arrives meanwhile, because this process is blocked.
    const until = Date.now() + 30_000
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
    expect([process.pid, 1, pid, null, 0, -1, 2 ** 22 + 1].map(processExists)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ])
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    expect(processExists(pid)).toBe(false)
  })

  test('is unknown without a start time, or with one of another format', () => {
    expect([null, '', 'Mon', '12345', '/'].map((start) => processState(process.pid, start))).toEqual(
      Array(5).fill('unknown'),
    )
    expect([null, 0, -1, 1.5, Number.NaN].map((pid) => processState(pid, processStart()))).toEqual(
      Array(5).fill('unknown'),
    )
  })
})

describe.runIf(isLinux)('on Linux a process', () => {
  test('of another boot of the machine, or of another machine, is unknown', () => {
    const start = processStart() ?? ''
    const other = start.replace(/^./, (first) => (first === '0' ? '1' : '0'))
    expect(processState(process.pid, other)).toBe('unknown')
    expect(processState(1, other)).toBe('unknown')
  })

  test('that has ended is gone even if its parent has not waited for it', async () => {
    // The shell stays and does not wait, so its first child becomes a zombie.
    const script = 'sleep 0.01 & echo $!; exec sleep 60'
    const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const pid = Number(await new Promise((resolve) => child.stdout?.once('data', (data) => resolve(String(data)))))
    const stat = (): string[] => readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')
    while (stat()[2] !== 'Z') await new Promise((resolve) => setTimeout(resolve, 5))
    expect(processState(pid, startWithTicks(stat()[21] ?? ''))).toBe('gone')
  })

  test('whose /proc is hidden, or that of another namespace, is unknown', () => {
    const start = processStart()
    const none = (): never => fail('ENOENT')
    expect(createProcessMarks({ ...linux, readFile: none, readLink: none }).start()).toBe(null)
    expect(createProcessMarks({ ...linux, readFile: none, readLink: none }).state(process.pid, start)).toBe('unknown')
    expect(createProcessMarks({ ...linux, pid: 7 }).state(process.pid, start)).toBe('unknown')
    const hides = (path: string): string => (path.endsWith('/stat') ? fail('ENOENT') : readFileSync(path, 'utf8'))
    const denied = (): never => fail('EPERM')
    expect(createProcessMarks({ ...linux, readFile: hides, probe: denied }).state(process.pid, start)).toBe('unknown')
    const nobody = (): never => fail('ESRCH')
    expect(createProcessMarks({ ...linux, readFile: hides, probe: nobody }).state(process.pid, start)).toBe('gone')
  })

  test('is never gone if its namespace is not reported', () => {
    const readLink = (path: string): string => (path.includes('/ns/') ? fail('EACCES') : readlinkSync(path))
    const marks = createProcessMarks({ ...linux, readLink })
    const start = marks.start()
    expect(start).toContain('?')
    expect(marks.state(process.pid, start)).toBe('running')
    expect(marks.state(process.ppid, start)).toBe('unknown')
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

describe('on systems with `ps`', () => {
  const listing = '    1 Ss   Fri Nov 27 23:48:59 2026\n  700 S+   Fri Nov 27 23:55:11 2026\n'
  const mac: ProcessSystem = { ...linux, platform: 'darwin', pid: 700, ps: () => listing }

  test('a process is identified by the start of the system and its own', () => {
    const start = createProcessMarks(mac).start()
    expect(start).toBe('Fri Nov 27 23:48:59 2026/Fri Nov 27 23:55:11 2026')
    expect(createProcessMarks(mac).state(700, start)).toBe('running')
  })

  test('a pid that another process has, or that has ended, is gone', () => {
    const start = createProcessMarks(mac).start()
    const states = ['700 S Fri Nov 27 23:59:00 2026', '700 Z Fri Nov 27 23:55:11 2026'].map((line) =>
      createProcessMarks({ ...mac, ps: () => `1 Ss Fri Nov 27 23:48:59 2026\n${line}\n` }).state(700, start),
    )
    expect(states).toEqual(['gone', 'gone'])
    const alone = { ...mac, ps: () => '1 Ss Fri Nov 27 23:48:59 2026\n' }
    expect(createProcessMarks({ ...alone, probe: () => fail('ESRCH') }).state(700, start)).toBe('gone')
    expect(createProcessMarks({ ...alone, probe: () => undefined }).state(700, start)).toBe('unknown')
  })

  test('a machine with another boot time, and a system without `ps`, give unknown', () => {
    const start = createProcessMarks(mac).start()
    const elsewhere = { ...mac, ps: () => listing.replace('23:48:59', '23:48:58') }
    expect(createProcessMarks(elsewhere).state(700, start)).toBe('unknown')
    const without = { ...mac, ps: () => fail('ENOENT') }
    expect([createProcessMarks(without).start(), createProcessMarks(without).state(700, start)]).toEqual([
      null,
      'unknown',
    ])
  })

  test('a process that was just seen running is not queried again', () => {
    let asked = 0
    let now = 0
    const ps = (): string => {
      asked++
      return listing
    }
    const marks = createProcessMarks({ ...mac, now: () => now, ps })
    const start = marks.start()
    asked = 0
    const states = [0, 1000, 1999, 2001].map((at) => {
      now = at
      return marks.state(700, start)
    })
    expect([states, asked]).toEqual([Array(4).fill('running'), 2])
  })

  test.runIf(isLinux)('the output of the real `ps` is parsed', () => {
    const day = String.raw`\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}`
    const start = createProcessMarks({ ...linux, platform: 'freebsd' }).start()
    expect(start).toMatch(new RegExp(`^${day}/${day}$`))
  })
})

function startWithTicks(ticks: string): string {
  return (processStart() ?? '').replace(/[^/]+$/, ticks)
}

function fail(code: string): never {
  throw Object.assign(new Error(code), { code })
}
