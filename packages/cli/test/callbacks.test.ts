import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { sizeOf, stateDocument, writeRun } from './answerer.ts'
import { buildProgram, ended, hotcb, start, temporaryDirectory } from './program.ts'

beforeAll(() => {
  buildProgram()
})

/** The time limit, which is long enough for a busy machine. */
const WAIT_MS = 300_000

const BEAT = { kind: 'module', path: '@hotcb/cb/callbacks', symbol: 'heartbeat' }

test('callbacks in a real trainer are loaded, listed and watched, and their log is read', async () => {
  const dir = temporaryDirectory()
  const trainer = train(dir)
  const run = (...args: string[]): ReturnType<typeof hotcb> => hotcb(['--dir', dir, 'cb', ...args])
  await vi.waitFor(() => expect(existsSync(join(dir, 'hotcb.state.json'))).toBe(true), WAIT_MS)

  const file = join(dir, 'own.ts')
  const source = (word: string): string =>
    `export class Own { every = 1; setParams(p: { every: number }) { this.every = p.every }
      handle(event: string, env: { step: number; log(text: string): void }) { if (env.step % this.every === 0) env.log('${word} ' + this.every) } }`
  writeFileSync(file, source('first'))
  const loaded = await run('load', 'own', '--file', file, '--symbol', 'Own', '--wait=280')
  expect(loaded).toMatchObject({ code: 0, err: '', out: expect.stringContaining('load own') })
  const beat = await run(
    'load',
    'beat',
    '--path',
    BEAT.path,
    '--symbol',
    BEAT.symbol,
    '--init',
    'every=1',
    '--wait=280',
  )
  expect(beat.code).toBe(0)
  // The state document is up to a second old, but a callback that was just loaded must be listed.
  await vi.waitFor(async () => expect((await run('list')).out).toMatch(/^own +enabled .*\nbeat +enabled /m), WAIT_MS)
  const status = await hotcb(['--dir', dir, 'status'])
  expect(status.out).toMatch(/^callbacks\n +id +state +calls .*\n +own +enabled .*\n +beat +enabled /m)
  expect(await run('logs', 'owm')).toEqual({
    code: 0,
    out: '',
    err: 'the log has no lines of `owm`: did you mean `own`?\n',
  })
  const refused = await run('enable', 'owm', '--wait=280')
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('did you mean `own`?') })
  expect((await run('set_params', 'own', 'every=2', '--wait=280')).code).toBe(0)

  const listed = await vi.waitFor(async () => {
    const list = await run('list')
    expect(list.out).toMatch(/^own +enabled +\d+ +0 +\d+\.\d{3} +\d+\.\d{3} +.*own\.ts Own$/m)
    return list
  }, WAIT_MS)
  expect(listed.out).toMatch(/^beat +enabled .*@hotcb\/cb\/callbacks heartbeat$/m)
  for (const words of [['list'], ['logs', 'own', '--last', '2']]) expect((await run(...words, '--json')).code).toBe(0)
  const logs = await run('logs', 'own', '--last', '3')
  expect(logs.out).toMatch(/^(\S+Z first [12]\n){3}$/)

  const watching = start(['--dir', dir, 'cb', 'watch', 'own'])
  const watched = ended(watching)
  let announced = ''
  watching.stderr?.on('data', (text) => (announced += text))
  // It compares the file with its content at this moment.
  await vi.waitFor(() => expect(announced).toContain('watching'), WAIT_MS)
  writeFileSync(file, source('second'))
  await vi.waitFor(async () => expect((await run('logs', 'own', '--last', '1')).out).toMatch(/second 2\n$/), WAIT_MS)
  // A newly imported file is watched from now on.
  const word = join(dir, 'word.ts')
  writeFileSync(word, 'export const word = "third"')
  writeFileSync(file, `import { word } from './word.ts'\n${source('WORD').replaceAll("'WORD '", "word + ' '")}`)
  await vi.waitFor(async () => expect((await run('logs', 'own', '--last', '1')).out).toMatch(/third 2\n$/), WAIT_MS)
  // This happens immediately, before the command has read which files the trainer has loaded.
  writeFileSync(word, 'export const word = "fourth"')
  await vi.waitFor(async () => expect((await run('logs', 'own', '--last', '1')).out).toMatch(/fourth 2\n$/), WAIT_MS)
  watching.kill('SIGINT')
  const { code, out } = await watched
  expect({ code, out }).toEqual({ code: 130, out: expect.stringMatching(/load own at step \d+/) })
  trainer.kill('SIGKILL')
  const last = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8').trim().split('\n').at(-1) ?? ''
  expect(JSON.parse(last)).toMatchObject({ module: 'cb', op: 'load', id: 'own', source: 'cli', decision: 'applied' })
})

test('`cb watch` reports once that its file was deleted, and keeps watching', async () => {
  const dir = temporaryDirectory()
  const file = join(dir, 'own.ts')
  writeFileSync(file, 'export class Own {}')
  const own = { loaded: true, enabled: true, target: { kind: 'file', path: file, symbol: 'Own' } }
  writeRun(dir, { commands: '', state: stateDocument({ modules: { cb: { own } } }) })
  const watching = start(['--dir', dir, 'cb', 'watch', 'own', '--no-wait'])
  const watched = ended(watching)
  let err = ''
  watching.stderr?.on('data', (text: string) => {
    err += text
  })
  await vi.waitFor(() => expect(err).toContain('press Ctrl-C to stop'), WAIT_MS)
  rmSync(file)
  await vi.waitFor(() => expect(err).toContain(`${file} was deleted: `), WAIT_MS)
  writeFileSync(file, 'export class Own { again = true }')
  await vi.waitFor(() => expect(sizeOf(dir, 'commands')).toBeGreaterThan(0), WAIT_MS)
  watching.kill('SIGINT')
  expect((await watched).err.match(/was deleted/g)).toHaveLength(1)
})

/** The training loop of @hotcb/cb's tests, built from source, until it is killed. */
function train(dir: string): ChildProcess {
  const cwd = fileURLToPath(new URL('../../cb', import.meta.url))
  const flags = ['-C', '@hotcb/source', '--import', 'jiti/register', 'test/programs/train.ts', dir, '1000000']
  const child = spawn(process.execPath, flags, { cwd, stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}
