import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HotModule } from '@hotcb/protocol'
import { afterEach, expect, test, vi } from 'vitest'
import { KernelError } from '../src/index.ts'
import { type OpenKernelOptions, openKernel } from '../src/node.ts'
import { command, ledger, runDir, toyTrainer } from './run-dir.ts'

afterEach(() => void vi.useRealTimers())

const logOf = (dir: string): string => readFileSync(join(dir, 'hotcb.log'), 'utf8')
const fail = (): never => {
  throw new Error('broken')
}
const BAD: HotModule = { name: 'bad', onSafePoint: fail }

test('a run directory is created with all of its parents, and its files appear immediately', () => {
  const dir = join(runDir(), 'a', 'b')
  const kernel = openKernel(dir, { state: toyTrainer().state })
  expect(readdirSync(dir).sort()).toEqual(['hotcb.actuators.json', 'hotcb.applied.jsonl', 'hotcb.state.json'])
  expect(ledger(dir)).toMatchObject([
    { op: 'attempt', payload: { n: 1, token: expect.stringMatching(/^[0-9a-f]{16}$/) } },
  ])
  kernel.close()
  openKernel(dir).close()
  const tokens = ledger(dir).map(({ payload }) => payload?.['token'])
  expect(new Set(tokens).size).toBe(2)
})

test('a log line has its time, and a listener can print it safely', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 5_000_000 })
  const dir = runDir()
  const odd: HotModule = {
    name: 'odd',
    onSafePoint: () => {
      throw new Error('red \u001b[31m text\nsecond line')
    },
  }
  const heard: string[] = []
  const kernel = openKernel(dir, { modules: [odd], log: (line) => void heard.push(line) })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(heard.length).toBe(1)
  expect(heard[0]).toMatch(/^module `odd` threw: red .*31m text.*second line$/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there.
  expect(heard[0]).not.toMatch(/[\u0000-\u001f]/)
  expect(logOf(dir)).toBe(`1970-01-01T01:23:20.000Z [hotcb.kernel] ${heard[0]}\n`)
  expect(ledger(dir)[0]?.wall_time).toBe(5000)
})

test('a listener of the log that throws, or a log that cannot be written, does not stop the run', () => {
  const dir = runDir()
  openKernel(dir, { modules: [BAD], log: fail }).apply({ step: 0 })
  expect(logOf(dir)).toMatch(/module `bad` threw: broken\n$/)
  const other = runDir()
  mkdirSync(join(other, 'hotcb.log'))
  const heard: string[] = []
  openKernel(other, { modules: [BAD], log: (line) => void heard.push(line) }).apply({ step: 0 })
  expect(heard).toEqual(['module `bad` threw: broken'])
})

test.each([
  ['{"protocol":2}', '` uses protocol 2, but this kernel uses 1: use a newer one'],
  ['{"protocol":1.5}', '` uses protocol 1.5, but this kernel uses 1: use a newer one'],
])('a directory whose state is %s is refused', (content, sentence) => {
  const dir = runDir()
  writeFileSync(join(dir, 'hotcb.state.json'), content)
  const error = new KernelError('cannot-open', `\`${join(dir, 'hotcb.state.json')}${sentence}`)
  expect(() => openKernel(dir)).toThrow(error)
  expect(readdirSync(dir)).toEqual(['hotcb.state.json'])
})

test.each([['{"protocol":1}'], ['{"protocol":0}'], ['{"protocol":"2"}'], ['[2]'], ['{'], ['']])(
  'a directory whose state is %s can be opened',
  (content) => {
    const dir = runDir()
    writeFileSync(join(dir, 'hotcb.state.json'), content)
    openKernel(dir).close()
    expect(ledger(dir).length).toBe(1)
  },
)

test('a file system error becomes the cause of the refusal', () => {
  const dir = runDir()
  writeFileSync(join(dir, 'file'), '')
  const path = join(dir, 'file', 'run')
  let thrown: unknown
  try {
    openKernel(path)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(KernelError)
  expect(thrown).toMatchObject({ code: 'cannot-open', cause: { code: 'ENOTDIR' } })
  expect(String(thrown)).toContain(`the run directory \`${path}\` cannot be opened: `)
})

test('a rank above 0 needs a collective, and rank 0 does not', () => {
  const dir = runDir()
  const sentence = `rank 1 needs a \`collective\`: otherwise it would take \`${dir}\` from rank 0`
  expect(() => openKernel(dir, { rank: 1 })).toThrow(new KernelError('rank-without-collective', sentence))
  expect(existsSync(join(dir, 'hotcb.applied.jsonl'))).toBe(false)
  openKernel(dir, { rank: 0 }).close()
})

test.each<[options: object, sentence: string]>([
  [{ state: null }, '`state` of `openKernel` must be the result of `createMutableState(...)`, got null'],
  [
    { state: { apply: () => 1, fold: () => 1 } },
    '`state` of `openKernel` must be the result of `createMutableState(...)`, got an object',
  ],
  [{ modules: [null] }, '`modules[0]` of `openKernel` must be a module with a `name`, got null'],
  [{ modules: [{ name: '' }] }, '`modules[0]` of `openKernel` must be a module with a `name`, got an object'],
  [
    { modules: [{ name: 'a' }, { name: 5 }] },
    '`modules[1]` of `openKernel` must be a module with a `name`, got an object',
  ],
  [{ continue: 'zzzzz' }, '`continue` of `openKernel` must be one of history, cut, off, got "zzzzz"'],
  [{ continue: 5 }, '`continue` of `openKernel` must be one of history, cut, off, got 5'],
  [{ lookMs: -1 }, '`lookMs` of `openKernel` must be a number of milliseconds >= 0, got -1'],
  [
    { lookMs: Number.POSITIVE_INFINITY },
    '`lookMs` of `openKernel` must be a number of milliseconds >= 0, got Infinity',
  ],
  [{ paused: 1 }, '`paused` of `openKernel` must be true or false, got 1'],
  [{ lateDocuments: 'yes' }, '`lateDocuments` of `openKernel` must be true or false, got "yes"'],
  [
    { registered: [1], state: toyTrainer().state },
    '`registered` of `openKernel` must be an object that maps keys to values, got a list of 1',
  ],
  [{ registered: {} }, '`registered` of `openKernel` needs `state`: the controls to which it refers'],
  [{ log: 'x' }, '`log` of `openKernel` must be a function, got "x"'],
  [
    { collective: null },
    '`collective` of `openKernel` must have `broadcast` and `allGather`, like the result of `openFileCollective(...)`, got null',
  ],
  [
    { collective: { broadcast: () => '', allGather: 5 } },
    '`collective` of `openKernel` must have `broadcast` and `allGather`, like the result of `openFileCollective(...)`, got an object',
  ],
  [{ rank: 1.5 }, '`rank` of `openKernel` must be a whole number >= 0, got 1.5'],
  [{ rank: '0' }, '`rank` of `openKernel` must be a whole number >= 0, got "0"'],
  [{ checkpoints: 5 }, 'the options of `checkpoints` must be an object, got 5'],
  [{ checkpoints: null }, 'the options of `checkpoints` must be an object, got null'],
  [{ checkpoints: { load: 5 } }, '`checkpoints.load` of `openKernel` must be a function, got 5'],
  [
    { checkpoints: Object.assign(Object.create(null), { saves: 5 }) },
    '`checkpoints` has no option `saves`: did you mean `save`?',
  ],
  [
    { checkpoints: Object.assign(Object.create({}), { save: 5 }) },
    '`checkpoints.save` of `openKernel` must be a function, got 5',
  ],
])('options such as %j are refused in one sentence', (options, sentence) => {
  const dir = join(runDir(), 'run')
  // A trainer in JavaScript may pass anything.
  const given = options as OpenKernelOptions
  expect(() => openKernel(dir, given)).toThrow(new KernelError('bad-option', sentence))
  expect(existsSync(dir)).toBe(false)
})

test('the smallest and the plainest options are accepted', () => {
  const options: OpenKernelOptions = {
    lookMs: 0,
    rank: 0,
    paused: false,
    lateDocuments: false,
    continue: 'cut',
    modules: [],
    checkpoints: {},
    state: toyTrainer().state,
    registered: {},
  }
  expect(openKernel(runDir(), options).apply({ step: 0 })).toMatchObject({ stop: false })
  for (const mode of ['history', 'off'] as const) openKernel(runDir(), { continue: mode }).close()
})

test('a kernel that was opened paused waits with the `sleep` of its host', () => {
  const dir = runDir()
  const waits: number[] = []
  const kernel = openKernel(dir, {
    paused: true,
    sleep: {
      block(ms) {
        waits.push(ms)
        if (waits.length === 2) command(dir, { cid: 'r', module: 'core', op: 'resume' })
        return waits.length < 50
      },
    },
  })
  expect(kernel.apply({ step: 0 })).toMatchObject({ paused: false })
  expect(new Set(waits)).toEqual(new Set([20]))
  kernel.close()
})
