import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRun, settleLiveness, watchLivenessAsync } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'
import { buildTrainer, killAll, removeTrainer, rewriteState, startTrainer } from './trainer.ts'

beforeAll(buildTrainer)
afterAll(removeTrainer)

function stateOf(dir: string): { kernel: { pid: number; start: string; host: string } } {
  return JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8'))
}

/** The files that were created to read the file system's clock. A trainer that was killed may leave others behind. */
function scratchOf(dir: string): readonly string[] {
  return readdirSync(dir).filter((name) => name.startsWith('.hotcb-clock-'))
}

describe('a real trainer', () => {
  test('is alive while its process exists, even stopped, and dead as soon as it is killed', async () => {
    const dir = temporaryDirectory()
    const trainer = await startTrainer(dir)
    const run = openRun(dir)
    expect(run.life()).toMatchObject({ verdict: 'alive', by: 'process' })
    trainer.kill('SIGSTOP')
    rewriteState(dir, {}, 3600)
    expect(run.life()).toMatchObject({ verdict: 'alive', by: 'process' })
    expect(openRun(dir).life()).toMatchObject({ verdict: 'alive', by: 'process' })
    await killAll(trainer)
    rewriteState(dir, {})
    expect(run.life()).toMatchObject({ verdict: 'dead', by: 'process' })
  })

  test('that was killed is not mistaken for the process that has its pid now', async () => {
    const dir = temporaryDirectory()
    const trainer = await startTrainer(dir)
    await killAll(trainer)
    rewriteState(dir, { pid: process.pid })
    expect(openRun(dir).life()).toMatchObject({ verdict: 'dead', by: 'process' })
  })

  test('that has closed its run is dead', async () => {
    const dir = temporaryDirectory()
    const trainer = await startTrainer(dir)
    writeFileSync(join(dir, 'hotcb.commands.jsonl'), '{"cid":"s","module":"core","op":"stop"}\n')
    await new Promise((resolve) => trainer.once('exit', resolve))
    expect(openRun(dir).life()).toMatchObject({ verdict: 'dead', by: 'closed', state: { closed: true } })
  })

  test("on another host is checked with the file system's clock, and no file is left behind", async () => {
    const dir = temporaryDirectory()
    await killAll(await startTrainer(dir))
    rewriteState(dir, { host: 'other', start: 'another machine/1' }, 2)
    expect(openRun(dir).life()).toMatchObject({ verdict: 'alive', by: 'file-clock' })
    rewriteState(dir, { host: 'other', start: null }, 600)
    expect(openRun(dir).life()).toMatchObject({ verdict: 'dead', by: 'file-clock' })
    expect(scratchOf(dir)).toEqual([])
  })

  const namespace = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc']
  const canUnshare = spawnSync('unshare', [...namespace.slice(1), 'true']).status === 0

  test.runIf(canUnshare)(
    'in a container with the same host name is never considered dead because of its pid',
    async () => {
      const dir = temporaryDirectory()
      const trainer = await startTrainer(dir, namespace)
      // Here its pid belongs to a different process, or to none.
      expect(stateOf(dir).kernel.pid).toBe(1)
      process.kill(-(trainer.pid ?? 0), 'SIGSTOP')
      rewriteState(dir, {})
      expect(openRun(dir).life()).toMatchObject({ verdict: 'alive', by: 'file-clock' })
      await killAll(trainer)
      expect(openRun(dir).life()).toMatchObject({ verdict: 'alive', by: 'file-clock' })
      rewriteState(dir, {}, 600)
      expect(openRun(dir).life()).toMatchObject({ verdict: 'dead', by: 'file-clock' })
    },
  )
})

describe('without write permission', () => {
  const life = { fileClockMs: () => null }

  test('a run is unknown until it has been watched', async () => {
    const dir = temporaryDirectory()
    const trainer = await startTrainer(dir)
    const run = openRun(dir, { life: { ...life, processState: () => 'unknown' } })
    expect(run.life().verdict).toBe('unknown')
    expect(await settleLiveness(run, { timeoutMs: 60_000 })).toMatchObject({ verdict: 'alive', by: 'change' })
    await killAll(trainer)
    const dead = openRun(dir, { life: { ...life, processState: () => 'unknown' } })
    expect((await settleLiveness(dead, { timeoutMs: 0 })).verdict).toBe('unknown')
  })
})

test('a non-blocking server gets the same verdicts, and follows no forbidden link', async () => {
  const dir = temporaryDirectory()
  const path = join(dir, 'hotcb.state.json')
  const watch = watchLivenessAsync(dir, path, { within: [realpathSync(dir)] })
  expect((await watch.look()).by).toBe('absent')
  const trainer = await startTrainer(dir)
  expect(await watch.look()).toMatchObject({ verdict: 'alive', by: 'process' })
  await killAll(trainer)
  expect(await watch.look()).toMatchObject({ verdict: 'dead', by: 'process' })
  rewriteState(dir, { host: 'other', start: null }, 600)
  const later = watchLivenessAsync(dir, path)
  expect(await later.look()).toMatchObject({ verdict: 'dead', by: 'file-clock' })
  expect(await later.look()).toMatchObject({ verdict: 'dead', by: 'file-clock' })
  const elsewhere = watchLivenessAsync(dir, path, { within: [join(dir, 'below')] })
  await expect(elsewhere.look()).rejects.toThrow('it is a link out of the served directories')
})
