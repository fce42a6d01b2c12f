import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { commandsOf, stateDocument, writeRun } from './answerer.ts'
import { runHere, type StartedHere, startHere } from './here.ts'
import { type Ended, temporaryDirectory } from './hotcb.ts'

const WAIT_MS = 60_000

/** A run whose trainer has loaded these callbacks. */
function runWith(callbacks: Readonly<Record<string, object>> | null, rest: object = {}): string {
  const dir = temporaryDirectory()
  const modules = callbacks === null ? {} : { cb: callbacks as never }
  writeRun(dir, { commands: '', ledger: '', state: stateDocument({ modules, ...rest }) })
  return dir
}

function cb(dir: string, ...words: readonly string[]): Promise<Ended> {
  return runHere(['--dir', dir, 'cb', ...words]).then(({ code, out, err }) => ({
    ...{ code, out: out.replaceAll(dir, 'RUN'), err: err.replaceAll(dir, 'RUN') },
  }))
}

const OWN = {
  ...{ loaded: true, enabled: true, init: { every: 5 }, calls: 10, errors: 1, mean_ms: 0.5, max_ms: 2, share: 0.25 },
  target: { kind: 'file', path: 'own.ts', symbol: 'Own' },
}

test('`list` shows each callback, or why there is none', async () => {
  expect(await cb(runWith({ own: OWN, off: { loaded: false, enabled: false } }), 'list')).toEqual({
    code: 0,
    out: 'id   state       calls  errors  mean ms  max ms  share   from\nown  enabled     10     1       0.500    2.000   25.0 %  own.ts Own\noff  not loaded  0      0       0.000    0.000   -       its parameters are kept:\n',
    err: '',
  })
  expect(await cb(runWith({}), 'list')).toEqual({
    code: 0,
    out: 'no callback is loaded\n',
    err: '',
  })
  expect(await cb(runWith(null), 'list')).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: no trainer in `RUN` has reported callbacks; its kernel needs the module `openCallbacks()` from @hotcb/cb\n',
  })
  expect(JSON.parse((await cb(runWith({ own: OWN }), 'list', '--json')).out)).toEqual({ own: OWN })
})

const LINES = ['T1 [cb own] one', 'T2 [cb other] two', 'T3 [cb own] three', 'nothing', 'T4 [cb own] four']

test("`logs` shows a callback's lines", async () => {
  const dir = runWith({ own: OWN, other: OWN })
  expect(await cb(dir, 'logs', 'own')).toEqual({ code: 0, out: '', err: 'the log has no lines of `own`\n' })
  writeFileSync(join(dir, 'hotcb.log'), LINES.map((line) => `${line}\n`).join(''))
  expect(await cb(dir, 'logs', 'own')).toEqual({ code: 0, out: 'T1 one\nT3 three\nT4 four\n', err: '' })
  expect((await cb(dir, 'logs', 'own', '-n', '2')).out).toBe('T3 three\nT4 four\n')
  expect(await cb(dir, 'logs', 'owm', '-n', '0')).toEqual({ code: 0, out: '', err: '' })
  expect((await cb(dir, 'logs', 'owm')).err).toBe('the log has no lines of `owm`: did you mean `own`?\n')
  expect((await cb(dir, 'logs', 'zzz')).err).toBe('the log has no lines of `zzz`\n')
  const json = (await cb(dir, 'logs', 'other', '--json')).out
  expect(JSON.parse(json)).toEqual({ time: 'T2', id: 'other', text: 'two' })
})

test('`logs --follow` prints new lines until it is interrupted', async () => {
  const dir = runWith({ own: OWN })
  const path = join(dir, 'hotcb.log')
  writeFileSync(path, LINES.map((line) => `${line}\n`).join(''))
  const started = startHere(['--dir', dir, 'cb', 'logs', 'own', '--follow', '-n', '1'])
  await vi.waitFor(() => expect(started.printed.out).toBe('T4 four\n'), WAIT_MS)
  appendFileSync(path, 'T5 [cb other] no\nT6 [cb own] six\n')
  await vi.waitFor(() => expect(started.printed.out).toBe('T4 four\nT6 six\n'), WAIT_MS)
  expect((await started.interrupt()).code).toBe(130)
})

test.each<[string, Readonly<Record<string, object>> | null, string]>([
  ['own', null, 'no callback `own` is loaded'],
  ['own', { other: OWN }, 'no callback `own` is loaded: the loaded ones are other'],
  ['owm', { own: OWN, x: OWN }, 'no callback `owm` is loaded: did you mean `own`?'],
  ['own', { own: { ...OWN, loaded: false } }, 'no callback `own` is loaded'],
  ['own', { own: { ...OWN, target: null } }, '`own` was not loaded from a file: there is nothing to watch'],
  [
    'own',
    { own: { ...OWN, target: { kind: 'module', path: '@hotcb/cb', symbol: 'x' } } },
    '`own` was not loaded from a file: there is nothing to watch',
  ],
  ['own', { own: OWN }, '`own` was loaded from `own.ts`, which no longer exists'],
])('`watch %s` of %j is refused', async (id, callbacks, message) => {
  expect(await cb(runWith(callbacks), 'watch', id)).toEqual({ code: 1, out: '', err: `hotcb: ${message}\n` })
})

/** Starts `cb watch`. Resolves when the command has checked the files. */
async function watched(dir: string, ...words: readonly string[]): Promise<StartedHere> {
  const started = startHere(['--dir', dir, 'cb', 'watch', 'own', '--no-wait', ...words], { cwd: dir })
  await vi.waitFor(() => expect(started.printed.err).toContain('press Ctrl-C to stop'), WAIT_MS)
  return started
}

test('`watch` loads a file again each time it has changed, with its settings', async () => {
  const dir = runWith({ own: OWN })
  writeFileSync(join(dir, 'own.ts'), 'first')
  const started = await watched(dir)
  writeFileSync(join(dir, 'own.ts'), 'second')
  await vi.waitFor(() => expect(commandsOf(dir)).toHaveLength(1), WAIT_MS)
  rmSync(join(dir, 'own.ts'))
  await vi.waitFor(() => expect(started.printed.err).toContain('was deleted'), WAIT_MS)
  writeFileSync(join(dir, 'own.ts'), 'third')
  await vi.waitFor(() => expect(commandsOf(dir)).toHaveLength(2), WAIT_MS)
  const { code, out, err } = await started.interrupt()
  expect({ code, err: err.replaceAll(dir, 'RUN') }).toEqual({
    code: 130,
    err: 'watching RUN/own.ts; press Ctrl-C to stop\nRUN/own.ts was deleted: the loaded code keeps running until the file exists again\n',
  })
  expect(out).toMatch(/^(· load own: queued {2}\w+\n){2}$/)
  expect(commandsOf(dir).map(({ cid: _, ts: __, ...rest }) => rest)[1]).toEqual({
    source: 'cli',
    author: 'ann',
    module: 'cb',
    op: 'load',
    id: 'own',
    params: null,
    target: {
      kind: 'file',
      path: 'own.ts',
      symbol: 'Own',
    },
    init: {
      every: 5,
    },
    enabled: true,
    mode: null,
    recipe_path: null,
    adjust_path: null,
    policy: null,
    step_offset: null,
    source_capture: null,
    at: null,
    expires: null,
    expect: null,
    note: 'its file changed',
  })
})

test('a callback that failed is enabled again, and one that was disabled remains disabled', async () => {
  for (const [reason, enabled] of [
    ['it threw', true],
    [null, false],
  ] as const) {
    const dir = runWith({ own: { ...OWN, enabled: false, reason, target: { ...OWN.target, kind: 'python_file' } } })
    writeFileSync(join(dir, 'own.ts'), 'first')
    const started = await watched(dir)
    writeFileSync(join(dir, 'own.ts'), 'second')
    await vi.waitFor(() => expect(commandsOf(dir)).toHaveLength(1), WAIT_MS)
    await started.interrupt()
    expect(commandsOf(dir)).toMatchObject([{ enabled, target: { kind: 'file', path: 'own.ts', symbol: 'Own' } }])
  }
})

test('files that were captured with a callback are watched too', async () => {
  const captured = { captured_path: 'hotcb.sources/abc/lib/own.ts' }
  const dir = runWith({ own: { ...OWN, ...captured, target: { ...OWN.target, path: 'src/lib/own.ts' } } })
  for (const [folder, name] of [
    ['src', 'lib/own.ts'],
    ['src', 'word.ts'],
    ['hotcb.sources/abc', 'lib/own.ts'],
    ['hotcb.sources/abc', 'word.ts'],
  ] as const) {
    const path = join(dir, folder, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, name)
  }
  const started = await watched(dir)
  writeFileSync(join(dir, 'src/word.ts'), 'changed')
  await vi.waitFor(() => expect(commandsOf(dir)).toHaveLength(1), WAIT_MS)
  expect((await started.interrupt()).code).toBe(130)
})
