import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { runNamed } from '../../src/parse/command-words.ts'
import { nearRuns } from '../../src/parse/near-run.ts'
import { placeOf } from '../../src/parse/place.ts'
import { cannot, openRun } from '../../src/run.ts'
import { untilAborted } from '../../src/until-aborted.ts'
import { followUntilInterrupted, untilInterrupted } from '../../src/until-interrupted.ts'
import { untilSignal } from '../../src/until-signal.ts'
import { runHere } from '../here.ts'
import { markedTerminal } from '../marked-terminal.ts'
import { temporaryDirectory } from '../surroundings.ts'

test('a command applies to the typed run, else to the one in the environment, else to the working directory', () => {
  const place = (typed: string | undefined, path: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    placeOf({ dir: typed } as never, path, env, markedTerminal())
  expect(place('a', ['get'], { HOTCB_DIR: 'b' })).toEqual({ dir: 'a', dirGiven: true, dirTyped: true })
  expect(place(undefined, ['get'], { HOTCB_DIR: 'b' })).toEqual({ dir: 'b', dirGiven: true, dirTyped: false })
  const here = { dir: '.', dirGiven: false, dirTyped: false }
  for (const path of [['init'], ['sweep', 'run'], ['recipe', 'diff'], ['recipe', 'apply'], ['launch', 'x']]) {
    expect(place(undefined, path, { HOTCB_DIR: '' })).toEqual(here)
  }
  expect(() => place('', ['get'])).toThrow('`--dir` is empty: it must be a run directory')
})

test('a flag in any form, before `--`, selects the run', () => {
  const { HOTCB_DIR } = process.env
  onTestFinished(() => {
    if (HOTCB_DIR === undefined) delete process.env['HOTCB_DIR']
    else process.env['HOTCB_DIR'] = HOTCB_DIR
  })
  process.env['HOTCB_DIR'] = 'env'
  const lines = [
    ['set', '--dir', 'a'],
    ['-d', 'b', 'set'],
    ['--dir=c', 'set', '-d', 'x'],
    ['set', '--', '--dir', 'a'],
    ['set', '--dir'],
  ]
  expect(lines.map((line) => runNamed(line).dir)).toEqual(['a', 'b', 'c', 'env', 'env'])
})

test('for a mistyped run, runs with similar names are suggested', async () => {
  const top = temporaryDirectory()
  for (const name of ['runs/exp-001', 'runs/exp-002', 'runs/other']) await runHere(['init', '--dir', join(top, name)])
  mkdirSync(join(top, 'runs/exp-003'))
  const near = (name: string): readonly string[] => nearRuns(join(top, name)).map((path) => path.slice(top.length + 1))
  expect([near('runs/exp-01'), near('run/exp-001'), near('runs/quite-else'), near('nowhere/at/all')]).toEqual([
    ['runs/exp-001', 'runs/exp-002'],
    ['runs/exp-001', 'runs/exp-002'],
    [],
    [],
  ])
  const said = (name: string): unknown => {
    try {
      return openRun(name.startsWith('.') ? name : join(top, name))
    } catch (error) {
      const { message, hint, details } = error as { message: string; hint?: string; details: object }
      return JSON.parse(JSON.stringify([message, hint ?? null, details]).replaceAll(top, 'TOP'))
    }
  }
  writeFileSync(join(top, 'file'), '')
  expect([
    said('runs/exp-01'),
    said('runs/quite-else'),
    said('runs/exp-003'),
    said('file'),
    said('zzz'),
  ]).toMatchInlineSnapshot(`
    [
      [
        "the directory \`TOP/runs/exp-01\` does not exist",
        "did you mean \`TOP/runs/exp-001\` or \`TOP/runs/exp-002\`?",
        {
          "facts": {
            "near": [
              "TOP/runs/exp-001",
              "TOP/runs/exp-002",
            ],
            "run_dir": "TOP/runs/exp-01",
          },
          "kind": "no_directory",
        },
      ],
      [
        "the directory \`TOP/runs/quite-else\` does not exist",
        "\`hotcb --dir TOP/runs/quite-else init\` creates it",
        {
          "facts": {
            "near": [],
            "run_dir": "TOP/runs/quite-else",
          },
          "kind": "no_directory",
        },
      ],
      [
        "\`TOP/runs/exp-003\` is not a run directory: it contains no hotcb.* file",
        "did you mean \`TOP/runs/exp-001\` or \`TOP/runs/exp-002\`?",
        {
          "facts": {
            "near": [
              "TOP/runs/exp-001",
              "TOP/runs/exp-002",
            ],
            "run_dir": "TOP/runs/exp-003",
          },
          "kind": "no_run",
        },
      ],
      [
        "\`TOP/file\` is a file, not a run directory",
        null,
        {
          "facts": {
            "near": [],
            "run_dir": "TOP/file",
          },
          "kind": "not_a_directory",
        },
      ],
      [
        "the directory \`TOP/zzz\` does not exist",
        "\`hotcb --dir TOP/zzz init\` creates it",
        {
          "facts": {
            "near": [],
            "run_dir": "TOP/zzz",
          },
          "kind": "no_directory",
        },
      ],
    ]
  `)
})

test('a file system error is described in words', () => {
  const failed = (code: string, message = 'oh'): string =>
    cannot('write `x`', Object.assign(new Error(message), { code })).message
  expect([
    ...['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EISDIR', 'ENOSPC', 'ELOOP', 'ENAMETOOLONG', 'EWHAT'].map(
      (code) => failed(code),
    ),
    failed('EWHAT', 'EWHAT: oh'),
    cannot('do it', new Error('no')).message,
  ]).toEqual([
    'cannot write `x`: permission denied (EACCES)',
    'cannot write `x`: operation not permitted (EPERM)',
    'cannot write `x`: the file system is read-only (EROFS)',
    'cannot write `x`: no such file or directory (ENOENT)',
    'cannot write `x`: a component of the path is a file (ENOTDIR)',
    'cannot write `x`: it is a directory (EISDIR)',
    'cannot write `x`: no space left on the device (ENOSPC)',
    'cannot write `x`: the symbolic links form a loop (ELOOP)',
    'cannot write `x`: the name is too long (ENAMETOOLONG)',
    'cannot write `x`: oh (EWHAT)',
    'cannot write `x`: EWHAT: oh',
    'cannot do it: no',
  ])
})

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Removes the listeners of other test files in this process until the test ends. */
function withoutListeners(): void {
  for (const signal of SIGNALS) {
    const others = process.listeners(signal)
    process.removeAllListeners(signal)
    onTestFinished(() => {
      for (const other of others) process.on(signal, other)
    })
  }
}

test('a task ends when it is done, or at a signal, and leaves no listeners behind', async () => {
  withoutListeners()
  const calls: string[] = []
  expect(await untilInterrupted(1, () => (calls.push('x') === 3 ? 'done' : undefined) as 'done')).toBe('done')
  expect(calls).toHaveLength(3)
  for (const signal of SIGNALS) {
    const waiting = untilInterrupted(1e9, () => {
      setImmediate(() => process.emit(signal, signal))
    })
    expect(await waiting).toBe('interrupted')
    const early = untilInterrupted(1e9, (isOver) => {
      process.emit(signal, signal)
      expect(isOver()).toBe(true)
    })
    expect(await early).toBe('interrupted')
    const over = untilSignal()
    process.emit(signal, signal)
    expect(await over).toBe('interrupted')
    // It also listens for the other one.
    for (const other of SIGNALS) process.emit(other, other)
  }
  const aborted = await untilAborted(async (signal) => {
    process.emit('SIGINT', 'SIGINT')
    return signal.aborted
  })
  expect([aborted, await untilAborted(async (signal) => signal.aborted)]).toEqual([true, false])
  expect(SIGNALS.map((signal) => process.listenerCount(signal))).toEqual([0, 0])
})

test('new records of a stream are passed on after the existing ones, until the process is interrupted', async () => {
  const seen: unknown[] = []
  const batches = [[1, 2], [3]]
  const close = vi.fn()
  const follow = {
    look: () => batches.length > 0,
    read: () => ({ records: batches.shift() ?? [] }),
    close,
  }
  await followUntilInterrupted(
    follow as never,
    (record) => {
      seen.push(record)
      if (record === (3 as never)) setImmediate(() => process.emit('SIGINT', 'SIGINT'))
    },
    async (pause) => {
      seen.push(`begun ${await pause()}`)
    },
  )
  expect(seen).toEqual(['begun false', 1, 2, 3])
  expect(close).toHaveBeenCalledTimes(1)
})
