import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import type { Liveness } from '../src/index.ts'
import {
  commandFiles,
  commandsWith,
  findRunsBelow,
  heldCommands,
  isRunDirectory,
  makeRunFolder,
  openRun,
  openRunDirectory,
  openSecretStore,
  privacyProblem,
  queuedCommands,
  type Run,
  settleLiveness,
  stateDirectory,
} from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'

function runIn(dir: string): void {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, runFiles.run), '{}')
}

test('a directory with any file that a trainer or `hotcb init` writes is a run', () => {
  const names = ['commands', 'state', 'ledger', 'metrics', 'run', 'freeze', 'yaml', 'actuators', 'commandsDir'] as const
  for (const name of names) {
    const dir = temporaryDirectory()
    expect(isRunDirectory(dir)).toBe(false)
    writeFileSync(join(dir, runFiles[name]), '')
    expect(isRunDirectory(dir), name).toBe(true)
  }
})

test('runs are found below a directory, but not in hidden, foreign or linked ones, nor inside another run', () => {
  const root = temporaryDirectory()
  for (const dir of ['b/run', 'a', '.hidden/run', 'node_modules/run', 'hotcb.own/run', 'a/inner', 'c/1/2/run']) {
    runIn(join(root, dir))
  }
  runIn(join(root, 'd/1/2/3/4'))
  symlinkSync(join(root, 'b'), join(root, 'link'))
  const found = (options = {}, from = root) => {
    const { dirs, isWhole } = findRunsBelow(from, options)
    return [...dirs.map((dir) => dir.slice(root.length + 1)), isWhole]
  }
  expect(found()).toEqual(['a', 'b/run', 'c/1/2/run', true])
  expect(found({ depth: 5 })).toContain('d/1/2/3/4')
  expect(found({ depth: 1 })).toEqual(['a', true])
  expect(found({ depth: 0 })).toEqual([true])
  expect(found({ maxDirectories: 2 })).toEqual(['a', false])
  expect(found({}, join(root, 'a'))).toEqual(['a', 'a/inner', true])
  expect(found({}, join(root, 'none'))).toEqual([true])
})

test('the error for a directory with another hotcb file, which does not make it a run, names that file', () => {
  const dir = temporaryDirectory()
  for (const name of ['hotcb.z', 'hotcb.a', 'other']) writeFileSync(join(dir, name), '')
  expect(() => openRun(dir)).toThrow(
    expect.objectContaining({
      code: 'no-run',
      message: `\`${dir}\` is not a run directory: it contains \`hotcb.a\`, but no file that a trainer or \`hotcb init\` writes`,
    }),
  )
  expect(() => openRun(join(dir, 'none'))).toThrow(expect.objectContaining({ code: 'no-directory' }))
  expect(() => openRun(join(dir, 'other'))).toThrow(expect.objectContaining({ code: 'not-a-directory' }))
  expect(() => openRun('')).toThrow('`openRun` needs the path of a run directory')
})

test('folders of runs are numbered from one, and none is used twice', () => {
  const parent = join(temporaryDirectory(), 'new/deep')
  expect([makeRunFolder(parent, 'exp'), makeRunFolder(parent, 'exp'), makeRunFolder(parent, 'b')]).toEqual([
    ...['exp-001', 'exp-002', 'b-001'].map((name) => join(parent, name)),
  ])
  expect(readdirSync(parent)).toEqual(['b-001', 'exp-001', 'exp-002'])
  writeFileSync(join(parent, 'file'), '')
  expect(() => makeRunFolder(join(parent, 'file'), 'x')).toThrow(`cannot create \`${join(parent, 'file', 'x-001')}\``)
})

test("a user's own files are below the system's state directory", () => {
  expect(stateDirectory({ XDG_STATE_HOME: '/state' })).toBe('/state/hotcb')
  for (const env of [{}, { XDG_STATE_HOME: '' }])
    expect(stateDirectory(env)).toBe(join(homedir(), '.local/state/hotcb'))
})

test('only `reveal` shows a secret', () => {
  const store = openSecretStore({ KEY: ' sk-1234 ', EMPTY: ' ' })
  const read = store.read({ from: 'env', name: 'KEY' })
  const secret = read.ok ? read.value : undefined
  expect([secret?.reveal(), String(secret), JSON.stringify({ secret })]).toEqual([
    ...['sk-1234', '[secret]', '{"secret":"[secret]"}'],
  ])
  for (const name of ['EMPTY', 'NONE']) {
    expect(store.read({ from: 'env', name })).toEqual({
      ok: false,
      reason: `the environment variable \`${name}\` is not set`,
    })
  }
})

test('no form of a secret that was read remains in a text', () => {
  const hook = 'https://hooks.example/services/T0000000/short/B-11111111?x=1'
  const store = openSecretStore({ KEY: 'a key/"1"', HOOK: hook, SHORT: 'abc' })
  expect(store.scrub(`a key/"1"`)).toBe('a key/"1"')
  for (const name of ['KEY', 'HOOK', 'SHORT']) store.read({ from: 'env', name })
  const forms = ['a key/"1"', 'a%20key%2F%221%22', Buffer.from('a key/"1"').toString('base64'), String.raw`a key/\"1\"`]
  for (const form of [...forms, hook, 'T0000000', 'B-11111111']) expect(store.scrub(`x ${form} y`)).toBe('x [secret] y')
  expect(store.scrub('abc short services')).toBe('abc short [secret]')
  expect(store.scrub(`${hook} and ${hook}`)).toBe('[secret] and [secret]')
})

test('a file that contains a secret must be private and not empty', () => {
  const dir = temporaryDirectory()
  const path = join(dir, 'key')
  const store = openSecretStore({})
  const read = (file = path) => {
    const found = store.read({ from: 'file', path: file })
    return found.ok ? found.value.reveal() : found.reason
  }
  expect(read()).toBe(`the file \`${path}\` does not exist`)
  writeFileSync(path, '\n', { mode: 0o600 })
  expect(read()).toBe(`\`${path}\` is empty: it must contain the secret`)
  writeFileSync(path, ' the-key\n')
  expect([read(), store.scrub('the-key')]).toEqual(['the-key', '[secret]'])
  for (const [mode, shown] of [
    [0o640, '0640'],
    [0o604, '0604'],
    [0o602, '0602'],
  ] as const) {
    chmodSync(path, mode)
    expect(read()).toBe(
      `\`${path}\` can be read or written by others (mode ${shown}): make it private with \`chmod 600\``,
    )
  }
  expect(privacyProblem(dir)).toBe(`\`${dir}\` is not a regular file`)
  expect(read(join(path, 'below'))).toBe(`\`${join(path, 'below')}\` cannot be read (ENOTDIR)`)
  expect(read('~/hotcb-none/key')).toBe('the file `~/hotcb-none/key` does not exist')
})

const SET = { module: 'opt', op: 'set_params', id: 'main', params: { lr: 1 } }

function command(cid: string | null): string {
  return `${JSON.stringify({ ...(cid !== null && { cid }), ts: 1, source: 'cli', ...SET })}\n`
}

/** A run with two commands in the shared file and one from another host. */
function runWithCommands(state?: object): Run {
  const dir = temporaryDirectory()
  const run = openRunDirectory(dir)
  writeFileSync(run.path('commands'), `${command('one')}nonsense\n${command('two')}`)
  mkdirSync(run.path('commandsDir'))
  writeFileSync(join(run.path('commandsDir'), 'host.jsonl'), command('three'))
  writeFileSync(join(run.path('commandsDir'), 'notes.txt'), command('four'))
  mkdirSync(join(run.path('commandsDir'), 'dir.jsonl'))
  const kernel = { name: 'k', version: '1', pid: 1, host: 'h', attempt: 1, start: null }
  if (state !== undefined) writeFileSync(run.path('state'), JSON.stringify({ protocol: 1, kernel, ...state }))
  return run
}

function ledgerLine(fields: object): string {
  // The kernel's order: `cid`, `writer` and `offset` follow `wall_time`.
  const placed = { seq: 1, step: 1, wall_time: 1, cid: null, writer: null, offset: null }
  const line = { ...placed, module: 'opt', op: 'set_params', decision: 'applied', ...fields }
  return `${JSON.stringify(line)}\n`
}

const cidsOf = (run: Run, options = {}) => queuedCommands(run, options).map(({ command: { cid } }) => cid)

test('the command files are the shared one and one for each host', () => {
  const run = runWithCommands()
  const own = join(run.path('commandsDir'), 'host.jsonl')
  expect(commandFiles(run)).toEqual([
    { writer: null, path: run.path('commands') },
    { writer: 'host.jsonl', path: own },
  ])
  expect(commandFiles(openRunDirectory(temporaryDirectory()))).toMatchObject([{ writer: null }])
  expect([...commandsWith(run, '"cid":"t')].map(({ cid }) => cid)).toEqual(['two', 'three'])
  expect([...commandsWith(run, 'nonsense')]).toEqual([])
})

test('commands are queued until a line of the ledger has decided them', () => {
  const run = runWithCommands()
  expect(queuedCommands(run)).toMatchObject([
    { writer: null, offset: 0, command: { cid: 'one', ...SET } },
    { writer: null, offset: command('one').length + 9, command: { cid: 'two' } },
    { writer: 'host.jsonl', offset: 0, command: { cid: 'three' } },
  ])
  // Only the id of a line itself is an answer, not one in its note.
  writeFileSync(run.path('ledger'), ledgerLine({ cid: 'two', notes: '"cid":"one"', payload: { cid: 'three' } }))
  expect(cidsOf(run)).toEqual(['one', 'three'])
  expect(cidsOf(run, { maxBytes: 1 })).toEqual(['one', 'three'])
})

test('commands that a live kernel has read are not queued; those that a closed kernel was keeping are', () => {
  const taken = { [runFiles.commands]: command('one').length, 'host.jsonl': 1000 }
  expect(cidsOf(runWithCommands({ taken }))).toEqual(['two'])
  const held = [{ cid: 'three', writer: 'host.jsonl', offset: 0, at: { step: 9 } }]
  expect(cidsOf(runWithCommands({ taken, held }))).toEqual(['two'])
  expect(cidsOf(runWithCommands({ taken, held, closed: true }))).toEqual(['two', 'three'])
  expect(cidsOf(runWithCommands({}))).toEqual(['one', 'two', 'three'])
})

test('a command without an id is identified by its place', () => {
  const run = runWithCommands()
  writeFileSync(run.path('commands'), command(null) + command(null))
  const second = command(null).length
  const places = () => queuedCommands(run).map(({ writer, offset }) => [writer, offset])
  expect(places()).toEqual([
    [null, 0],
    [null, second],
    ['host.jsonl', 0],
  ])
  writeFileSync(run.path('ledger'), ledgerLine({ cid: `o${second}-abc`, offset: second }))
  expect(places()).toEqual([
    [null, 0],
    ['host.jsonl', 0],
  ])
  // The same place in two files.
  writeFileSync(join(run.path('commandsDir'), 'host.jsonl'), command(null))
  writeFileSync(join(run.path('commandsDir'), 'other.jsonl'), command(null))
  expect(places()).toEqual([
    [null, 0],
    ['host.jsonl', 0],
    ['other.jsonl', 0],
  ])
  writeFileSync(run.path('ledger'), ledgerLine({ cid: 'o0-abc', writer: 'other.jsonl', offset: 0 }))
  expect(places()).toEqual([
    [null, 0],
    [null, second],
    ['host.jsonl', 0],
  ])
})

test('commands of a run that another kernel controls are not listed', () => {
  const run = runWithCommands()
  writeFileSync(run.path('ledger'), '{"seq":1,"step":3,"module":"opt","op":"set_params","decision":"applied"}\n')
  expect(queuedCommands(run)).toEqual([])
})

test('an answer far back in the ledger is found, unless only its end may be read', () => {
  const run = runWithCommands()
  const others = Array.from({ length: 1200 }, (_, i) => ledgerLine({ seq: i + 2, cid: `x${i}` })).join('')
  writeFileSync(run.path('ledger'), ledgerLine({ cid: 'one' }) + others)
  expect(cidsOf(run)).toEqual(['two', 'three'])
  expect(cidsOf(run, { maxBytes: 1000 })).toEqual(['one', 'two', 'three'])
})

test('commands that wait in a kernel are listed with their content, or null if the file no longer contains it', () => {
  const run = runWithCommands()
  const held = [
    { cid: 'one', writer: null, offset: 0, at: { step: 9 } },
    { cid: 'gone', writer: null, offset: 0, at: { step: 9 } },
    { cid: 'three', writer: 'host.jsonl', offset: 0, at: { step: 9 } },
    { cid: 'none', writer: 'none.jsonl', offset: 0, at: { step: 9 } },
  ]
  expect(heldCommands(run, { held, closed: false }).map(({ command: one }) => one?.cid ?? null)).toEqual([
    ...['one', null, 'three', null],
  ])
  expect(heldCommands(run, { held, closed: true })).toEqual([])
  expect(heldCommands(run, { held: [], closed: false })).toEqual([])
  expect(heldCommands(run, undefined)).toEqual([])
})

test('a run is checked until its state is known, or until the timeout', async () => {
  const lives: Liveness['verdict'][] = ['unknown', 'unknown', 'alive', 'dead']
  let looks = 0
  const life = (): Liveness => {
    const verdict = lives[looks++] ?? 'unknown'
    return {
      verdict,
      by: 'change',
      ageSeconds: null,
      limitSeconds: 5,
      state: undefined,
      protocol: undefined,
      trouble: undefined,
      writtenMs: null,
    }
  }
  expect(await settleLiveness({ life }, { timeoutMs: 300_000, everyMs: 1 })).toMatchObject({ verdict: 'alive' })
  expect(looks).toBe(3)
  looks = 0
  expect(await settleLiveness({ life }, { timeoutMs: 0, everyMs: 1 })).toMatchObject({ verdict: 'unknown' })
  expect(looks).toBe(1)
})
