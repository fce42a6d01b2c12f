import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HOTCB, home, launch, linesOf, pidsBelow, processExists, until } from './launched.ts'

// `pnpm soak` interrupts more often, from another seed.
const INTERRUPTS = Math.ceil(Number(process.env['HOTCB_KILLS'] ?? 40) / 20)
const SEED = Number(process.env['HOTCB_SEED'] ?? 1)
const STEPS = 40
const OPTIONS = ['--config', 'multitask', '--seed', '5', '--max-steps', String(STEPS), '--step-delay', '0.01']

/** Numbers from 0 to 1 that are always the same for the same seed. */
function numbersOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Whether a port can be listened on. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** A port that no other test can get, because the system does not choose ports below 32768 itself. */
async function freePort(): Promise<number> {
  let port = 20_000 + (process.pid % 10_000)
  while (!(await isFree(port))) port++
  return port
}

function weightsOf(run: string): string {
  return JSON.parse(readFileSync(join(run, 'hotcb.run.json'), 'utf8')).weights_sha256
}

test('ctrl-C at any moment loses nothing: no process is left, the port is free, and `--resume` trains to the same weights', {
  timeout: 900_000 + INTERRUPTS * 60_000,
}, async () => {
  const whole = home()
  const beginMs = performance.now()
  expect(launch(whole, [...OPTIONS, '--run-dir', 'run']).code).toBe(0)
  const wholeMs = performance.now() - beginMs
  const expected = weightsOf(join(whole, 'run'))
  const random = numbersOf(SEED)
  for (let count = 0; count < INTERRUPTS; count++) {
    const share = (count + random()) / INTERRUPTS
    const dir = home()
    const run = join(dir, 'run')
    const port = await freePort()
    const args = [HOTCB, 'launch', ...OPTIONS, '--autopilot', 'auto', '--port', String(port), '--run-dir', 'run']
    const child = spawn(process.execPath, args, { cwd: dir, stdio: 'ignore' })
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    await new Promise((resolve) => setTimeout(resolve, 1.2 * share * wholeMs))
    child.kill('SIGINT')
    const code = await ended
    // Null: the signal arrived before the program caught signals, so nothing was started.
    const what = `at ${Math.round(100 * share)} % (seed ${SEED}, exit code ${code})`
    expect([what, [0, 130, null].includes(code)]).toEqual([what, true])
    await until(() => !pidsBelow(dir).some(processExists))
    expect([what, await isFree(port)]).toEqual([what, true])
    if (!existsSync(run) || linesOf(run, 'launch').length === 0) {
      expect([what, existsSync(run) ? readdirSync(run).filter((name) => name.includes('metrics')) : []]).toEqual([
        what,
        [],
      ])
      continue
    }
    const resumed = launch(dir, ['--resume', 'run'])
    expect([what, resumed.code]).toEqual([what, 0])
    expect([what, weightsOf(run)]).toEqual([what, expected])
    const steps = linesOf(run, 'metrics').map(({ step }) => step)
    expect([what, [...new Set(steps)]]).toEqual([what, [...Array(STEPS).keys()]])
  }
})
