import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { processStart, processState } from '@hotcb/journal'
import { describe, expect, test, vi } from 'vitest'
import { catchEndSignals } from '../src/node/end-signals.ts'
import type { KeeperJob } from '../src/node/keeper-job.ts'
import { startKeeper } from '../src/node/start-keeper.ts'
import { adoptTrainer, startTrainer } from '../src/node/trainer-process.ts'
import { temporaryDirectory, until } from './live-run.ts'

// These programs replace the built one.
const program = vi.hoisted(() => ({ url: new URL('file:///nowhere.mjs') }))
vi.mock('../src/keeper-file.ts', () => ({
  get KEEPER_FILE() {
    return program.url
  },
}))

/** Starts a keeper that runs this code after it has received its job. */
function keeperOf(code: string) {
  const dir = temporaryDirectory()
  const file = join(dir, 'keeper.mjs')
  writeFileSync(file, code)
  program.url = pathToFileURL(file)
  return { dir, started: startKeeper({ dir, cwd: dir, argv: ['x'] } as Partial<KeeperJob> as KeeperJob) }
}

describe('a keeper', () => {
  test('has its own session, receives its job, and reports the training that it started', async () => {
    const { dir, started } = keeperOf(`
      import { writeFileSync } from 'node:fs'
      process.once('message', ({ argv }) => {
        writeFileSync('job.json', JSON.stringify({ argv, pid: process.pid, cwd: process.cwd() }))
        console.error('a warning')
        process.send({ kind: 'started', pid: 77, isAdopted: true })
      })
      process.once('disconnect', () => { writeFileSync('free', ''); process.exit() })`)
    expect(await started).toEqual({ pid: 77, isAdopted: true })
    const { argv, pid, cwd } = JSON.parse(readFileSync(join(dir, 'job.json'), 'utf8'))
    expect([argv, cwd]).toEqual([['x'], dir])
    await until(() => readFileSync(join(dir, 'hotcb.out'), 'utf8') === 'a warning\n')
    await until(() => existsSync(join(dir, 'free')))
    expect(pid).not.toBe(process.pid)
  })

  test.each([
    [
      "process.once('message', () => process.send({ kind: 'failed', code: 'held', message: 'held by x' }))",
      'held',
      'held by x',
    ],
    [
      'process.exit(4)',
      'not-started',
      'the training could not be started: the process that supervises it exited with code 4',
    ],
    [
      "process.kill(process.pid, 'SIGKILL')",
      'not-started',
      'the training could not be started: the process that supervises it was killed (SIGKILL)',
    ],
    [
      'process.disconnect(); setTimeout(() => process.exit(5), 300)',
      'not-started',
      'the training could not be started: the process that supervises it exited with code 5',
    ],
    [
      "process.send({ kind: 'failed', code: 'held', message: 'held by x' }, () => process.exit(1))",
      'held',
      'held by x',
    ],
  ])('that runs `%s` is refused as `%s`', async (code, kind, message) => {
    await expect(keeperOf(code).started).rejects.toMatchObject({ name: 'LaunchError', code: kind, message })
  })

  test('that fails has exited when its error is reported, so that its directory can be removed', async () => {
    const { dir, started } = keeperOf(`
      import { writeFileSync } from 'node:fs'
      process.once('message', () => process.send({ kind: 'failed', code: 'held', message: 'held by x' }))
      setTimeout(() => writeFileSync('last', ''), 300)`)
    await expect(started).rejects.toMatchObject({ code: 'held' })
    expect(existsSync(join(dir, 'last'))).toBe(true)
  })
})

/** Starts a shell with its output in a file. */
async function shell(script: string, cwd = temporaryDirectory()) {
  const outFd = openSync(join(cwd, 'out'), 'a')
  const trainer = await startTrainer(['sh', '-c', script], { cwd, env: { ...process.env, WORD: 'hi' }, outFd })
  closeSync(outFd)
  return { trainer, out: () => readFileSync(join(cwd, 'out'), 'utf8') }
}

describe('a training process', () => {
  test('runs in its directory and environment, with both outputs in its file', async () => {
    const cwd = temporaryDirectory()
    const { trainer, out } = await shell('pwd; echo $WORD >&2; exit 3', cwd)
    expect(trainer.mark).toMatchObject({ host: hostname() })
    expect(await trainer.ended).toEqual({ exitCode: 3, signal: null })
    expect(out()).toBe(`${cwd}\nhi\n`)
  })

  test('receives signals together with everything that it started', async () => {
    const { trainer, out } = await shell('sleep 600 & echo up; wait')
    await until(() => out() === 'up\n')
    expect(processState(trainer.mark.pid, trainer.mark.start)).toBe('running')
    expect(trainer.hasGroup()).toBe(true)
    trainer.signal('SIGTERM')
    expect(await trainer.ended).toEqual({ exitCode: null, signal: 'SIGTERM' })
    await until(() => !trainer.hasGroup())
    expect(() => trainer.signal('SIGKILL')).not.toThrow()
  })

  test("that cannot be started throws the system's error", async () => {
    const options = { cwd: '/', env: {}, outFd: 2 }
    await expect(startTrainer(['no-such-program'], options)).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(startTrainer([], options)).rejects.toThrow()
  })

  test('of an earlier keeper is adopted while it is running: its end is detected, but its exit code is not', async () => {
    const { trainer } = await shell('exec sleep 600')
    const adopted = adoptTrainer(trainer.mark)
    expect(adopted?.mark).toEqual(trainer.mark)
    let isOver = false
    void adopted?.ended.then(() => {
      isOver = true
    })
    await new Promise((resolve) => setTimeout(resolve, 450))
    expect(isOver).toBe(false)
    adopted?.signal('SIGKILL')
    expect(await trainer.ended).toEqual({ exitCode: null, signal: 'SIGKILL' })
    expect(await adopted?.ended).toEqual({ exitCode: null, signal: null })
    expect(adoptTrainer(trainer.mark)).toBeUndefined()
  })

  test('with pid 0 or 1 is never adopted', () => {
    const start = processStart()
    for (const pid of [0, 1]) {
      let adopted: unknown
      try {
        adopted = adoptTrainer({ pid, start, host: null })
      } catch {}
      expect(adopted).toBeUndefined()
    }
  })
})

test('termination signals are caught from the start, and each counts once', () => {
  const before = process.listenerCount('SIGTERM')
  const signals = catchEndSignals()
  process.emit('SIGTERM', 'SIGTERM')
  process.emit('SIGINT', 'SIGINT')
  process.emit('SIGHUP', 'SIGHUP')
  let count = 0
  signals.listen(() => count++)
  expect(count).toBe(2)
  process.emit('SIGINT', 'SIGINT')
  process.emit('SIGHUP', 'SIGHUP')
  expect(count).toBe(3)
  signals.listen(() => undefined)
  process.emit('SIGTERM', 'SIGTERM')
  expect(count).toBe(3)
  signals.release()
  expect(process.listenerCount('SIGTERM')).toBe(before)
  expect([process.listenerCount('SIGINT'), process.listenerCount('SIGHUP')]).toEqual([0, 0])
})
