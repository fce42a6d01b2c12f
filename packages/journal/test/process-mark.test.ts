import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { childHasEnded, groupExists, processExists, processStart, processStartOf, processState } from '../src/index.ts'
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
    expect([process.pid, 1, pid].map(processExists)).toEqual([true, true, true])
    const none = [null, 0, -1, -process.pid, 2 ** 22 + 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]
    expect(none.map(processExists)).toEqual(Array(none.length).fill(false))
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    expect(processExists(pid)).toBe(false)
  })

  test('that was started as a group leaves no group behind when it has ended', async () => {
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

  const numbered = (kind: string, errno: string) => (path: string) =>
    path === `/proc/self/ns/${kind}` ? fail(errno) : readlinkSync(path)

  test.each([
    ['time', 'ENOENT', '0'],
    ['time', 'EACCES', '?'],
    ['pid', 'ENOENT', '?'],
    ['pid', 'EACCES', '?'],
  ])('has a place in which its %s namespace, which fails with %s, is `%s`', (kind, errno, shown) => {
    const [boot, pid, time, ticks] = (processStart() ?? '').split('/')
    const readLink = numbered(kind, errno)
    const expected = kind === 'pid' ? [boot, shown, time, ticks] : [boot, pid, shown, ticks]
    expect(createProcessMarks({ ...linux, readLink }).start()).toBe(expected.join('/'))
  })

  test.each([
    ['ENOENT', 'gone'],
    ['ESRCH', 'gone'],
    ['EACCES', 'unknown'],
  ])('whose record cannot be read (%s) and which cannot be signalled is %s', (errno, state) => {
    const readFile = (path: string): string => (path.endsWith('/stat') ? fail(errno) : readFileSync(path, 'utf8'))
    const marks = createProcessMarks({ ...linux, readFile, probe: () => fail('ESRCH') })
    expect(marks.state(process.pid, processStart())).toBe(state)
    expect([marks.start(), marks.hasEnded(process.pid)]).toEqual([null, false])
  })

  test.each([
    ['Z', 'gone', true],
    ['X', 'gone', true],
    ['x', 'gone', true],
    ['T', 'running', false],
    ['S', 'running', false],
  ])('in the state %s is %s, whatever its name is', (letter, state, hasEnded) => {
    const time = (processStart() ?? '').replace(/^.*\//, '')
    const stat = `7 (a) Z (b)) ${letter} ${'0 '.repeat(18)}${time} 0`
    const readFile = (path: string): string => (path.endsWith('/stat') ? stat : readFileSync(path, 'utf8'))
    const marks = createProcessMarks({ ...linux, readFile })
    expect([marks.state(7, processStart()), marks.hasEnded(7)]).toEqual([state, hasEnded])
  })

  test('with a record that is cut short is unknown', () => {
    const readFile = (path: string): string => (path.endsWith('/stat') ? '7 (a) S 0 0' : readFileSync(path, 'utf8'))
    const marks = createProcessMarks({ ...linux, readFile })
    expect([marks.state(7, processStart()), marks.start(7), marks.hasEnded(7)]).toEqual(['unknown', null, false])
  })

  test('is compared without reading again where this process lives, and elsewhere without reading its record', () => {
    const read: string[] = []
    const recorded =
      (real: (path: string) => string) =>
      (path: string): string => {
        read.push(path)
        return real(path)
      }
    const [readLink, readFile] = [recorded(linux.readLink), recorded(linux.readFile)]
    const marks = createProcessMarks({ ...linux, readLink, readFile })
    marks.start()
    read.length = 0
    expect([marks.state(process.pid, processStart()), read]).toEqual(['running', [`/proc/${process.pid}/stat`]])
    expect([marks.state(process.pid, 'elsewhere/1'), read.length]).toEqual(['unknown', 1])
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

  test('a zombie has ended, and a process that is not listed has not', () => {
    const zombie = { ...mac, ps: () => '  1 Ss   Fri Nov 27 23:48:59 2026\n  700 Z+   Fri Nov 27 23:55:11 2026  \n' }
    const marks = createProcessMarks(zombie)
    expect([marks.hasEnded(700), marks.hasEnded(1), marks.hasEnded(5)]).toEqual([true, false, false])
    expect([marks.start(700), marks.start(5)]).toEqual(['Fri Nov 27 23:48:59 2026/Fri Nov 27 23:55:11 2026', null])
  })

  test('`ps` is called with process 1, whose start identifies the machine, and lines of another form are skipped', () => {
    const asked: (readonly number[])[] = []
    const ps = (pids: readonly number[]): string => {
      asked.push(pids)
      return `  PID STAT STARTED\n${listing}\nps: warning\n`
    }
    expect(createProcessMarks({ ...mac, ps }).start(700)).toBe(createProcessMarks(mac).start())
    expect(asked).toEqual([[1, 700]])
    const without = createProcessMarks({ ...mac, ps: () => '700 S Fri Nov 27 23:55:11 2026\n' })
    expect([without.start(), without.state(700, createProcessMarks(mac).start())]).toEqual([null, 'unknown'])
    expect(without.state(700, null)).toBe('unknown')
  })

  test('a process that is gone is queried again, and is not believed to be running afterwards', () => {
    let ended = false
    let now = 0
    const ps = (): string => (ended ? listing.replace('700 S+', '700 Z ') : listing)
    const marks = createProcessMarks({ ...mac, now: () => now, ps })
    const start = marks.start()
    expect(marks.state(700, start)).toBe('running')
    ended = true
    now = 1999
    expect(marks.state(700, start)).toBe('running')
    now = 2000
    expect([marks.state(700, start), marks.state(700, start)]).toEqual(['gone', 'gone'])
    // Another process of the same start time is not the one that was just seen.
    expect(marks.state(701, start)).not.toBe('running')
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

test('on Windows, which reports nothing, every state is unknown', () => {
  const marks = createProcessMarks({ ...linux, platform: 'win32' })
  expect([marks.start(), marks.state(process.pid, processStart()), marks.hasEnded(process.pid)]).toEqual([
    null,
    'unknown',
    false,
  ])
})

function startWithTicks(ticks: string): string {
  return (processStart() ?? '').replace(/[^/]+$/, ticks)
}

function fail(code: string): never {
  throw Object.assign(new Error(code), { code })
}
