import { readFileSync, readlinkSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
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
  ps: () => fail('ENOENT'),
  now: () => performance.now(),
}

describe.runIf(process.platform !== 'win32')('a process', () => {
  test('is running for itself, and has the start that it reports', () => {
    expect(processState(process.pid, processStart())).toBe('running')
    expect(processStartOf(process.pid)).toBe(processStart())
    expect([childHasEnded(process.pid), childHasEnded(null)]).toEqual([false, false])
  })

  test('exists or not, no matter which user owns it; numbers that are not pids do not identify a process', () => {
    expect([process.pid, process.ppid, 1].map(processExists)).toEqual([true, true, true])
    const none = [null, 0, -1, -process.pid, 2 ** 22 + 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]
    expect(none.map(processExists)).toEqual(Array(none.length).fill(false))
    expect([processStartOf(2 ** 22 + 1), childHasEnded(2 ** 22 + 1)]).toEqual([null, false])
  })

  test.each([
    ['ESRCH', false],
    ['EPERM', true],
    ['EINVAL', false],
  ])('exists after all if signalling it fails with %s: %s', (errno, exists) => {
    const asked: unknown[][] = []
    const kill = vi.spyOn(process, 'kill').mockImplementation((...given) => {
      asked.push(given)
      return fail(errno)
    })
    try {
      expect([processExists(7), groupExists(7)]).toEqual([exists, exists])
      // Signal 0 is only a query; a group is identified by its negated number.
      expect(asked).toEqual([
        [7, 0],
        [-7, 0],
      ])
    } finally {
      kill.mockRestore()
    }
  })

  test('is never signalled as the caller’s own group, or as every process', () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true)
    try {
      expect([1, 0, -1, -process.pid].map(groupExists)).toEqual([false, false, false, false])
      expect([0, -1, null].map(processExists)).toEqual([false, false, false])
      expect(kill).not.toHaveBeenCalled()
      expect([groupExists(2), processExists(1), kill.mock.calls]).toEqual([
        true,
        true,
        [
          [-2, 0],
          [1, 0],
        ],
      ])
    } finally {
      kill.mockRestore()
    }
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

  test('whose /proc is hidden, or that of another namespace, is unknown', () => {
    const start = processStart()
    const none = (): never => fail('ENOENT')
    expect(createProcessMarks({ ...linux, readFile: none, readLink: none }).start()).toBe(null)
    expect(createProcessMarks({ ...linux, readFile: none, readLink: none }).state(process.pid, start)).toBe('unknown')
    const withoutLinks = createProcessMarks({ ...linux, readLink: none })
    expect([withoutLinks.start(), withoutLinks.start(process.pid)]).toEqual([null, null])
    expect([withoutLinks.state(process.pid, start), withoutLinks.state(process.pid, 'null/1')]).toEqual(
      Array(2).fill('unknown'),
    )
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

  test('has a namespace without a number as `?`', () => {
    const [boot, , time, ticks] = (processStart() ?? '').split('/')
    const readLink = (path: string): string => (path === '/proc/self/ns/pid' ? 'pid:[none]' : readlinkSync(path))
    expect(createProcessMarks({ ...linux, readLink }).start()).toBe([boot, '?', time, ticks].join('/'))
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

  test('with a truncated record is unknown', () => {
    const readFile = (path: string): string => (path.endsWith('/stat') ? '7 (a) S 0 0' : readFileSync(path, 'utf8'))
    const marks = createProcessMarks({ ...linux, readFile })
    expect([marks.state(7, processStart()), marks.start(7), marks.hasEnded(7)]).toEqual(['unknown', null, false])
  })

  test('is compared without reading the machine’s identity again, and on another machine without reading its record', () => {
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

  test('the state is unknown with another boot time and without `ps`', () => {
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
    // Another process with the same start time is not the one that was just seen.
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
})

test('on Windows, which reports nothing, every state is unknown', () => {
  const marks = createProcessMarks({ ...linux, platform: 'win32' })
  expect([marks.start(), marks.state(process.pid, processStart()), marks.hasEnded(process.pid)]).toEqual([
    null,
    'unknown',
    false,
  ])
})

function fail(code: string): never {
  throw Object.assign(new Error(code), { code })
}
