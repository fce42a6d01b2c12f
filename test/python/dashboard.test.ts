import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { HOTCB, linesOf, startPython, temporaryDirectory, until } from './peers.ts'

const LEDGER = 'hotcb.applied.jsonl'
// A Python with numpy and a demo start slowly, and more slowly on a busy machine.
const timeout = 300_000

test('the dashboard of hotcb 2 shows a run of our kernel: its metrics, ledger, controls, freeze and path', {
  timeout,
}, async () => {
  const dir = await startDemo()
  const { get, post } = await startTheirDashboard(dir)
  await post('opt/set', { params: { lr: 0.01 } })
  await until(() => answered(dir).length === 1)
  const names = ['accuracy', 'grad_norm', 'lr', 'train_loss']
  expect(await get('metrics/names')).toEqual({ names: expect.arrayContaining(names) })
  const { records } = await get('metrics/history?last_n=5')
  expect(linesOf(dir, 'hotcb.metrics.jsonl')).toEqual(expect.arrayContaining(records as unknown[]))
  expect((await get('applied/history'))['records']).toEqual(linesOf(dir, LEDGER))
  expect(await get('state/controls')).toMatchObject({
    controls: expect.arrayContaining([expect.objectContaining({ param_key: 'lr', type: 'log_float', current: 0.01 })]),
    last_opt_params: { lr: 0.01 },
    freeze: { mode: 'off' },
    modules_active: { opt: true, loss: true },
    run_config: { max_steps: 100_000 },
  })
  expect(await get('runs/discover')).toMatchObject({ runs: [{ dir, step_count: expect.any(Number) }] })
  expect(await get('capabilities')).toMatchObject({ detected: true, num_optimizers: 1 })
})

test('commands of the dashboard of hotcb 2 reach our kernel, and its freeze is obeyed', { timeout }, async () => {
  const dir = await startDemo()
  const { get, post } = await startTheirDashboard(dir)
  expect(await post('loss/set', { params: { label_smoothing: 0.2 } })).toMatchObject({ status: 'queued' })
  await until(() => answered(dir).length === 1)
  expect(await post('freeze', { mode: 'prod' })).toMatchObject({ status: 'written' })
  await post('opt/set', { params: { lr: 0.2 } })
  await until(() => answered(dir).length === 2)
  expect(answered(dir)).toMatchObject([
    { source: 'external', module: 'loss', decision: 'applied', payload: { label_smoothing: 0.2 } },
    { source: 'external', module: 'opt', decision: 'ignored_freeze' },
  ])
  expect(await get('status')).toMatchObject({ freeze: { mode: 'prod' }, files: { commands: true, applied: true } })
})

function answered(dir: string): Record<string, unknown>[] {
  return linesOf(dir, LEDGER).filter(({ op }) => op === 'set_params')
}

/** Trains with our program until the test ends. Returns the run's directory. */
async function startDemo(): Promise<string> {
  const dir = temporaryDirectory()
  const args = ['demo', '--dir', dir, '--max-steps', '100000', '--step-delay', '0.01']
  const demo = spawn(process.execPath, [HOTCB, ...args], { cwd: dir, stdio: 'ignore' })
  onTestFinished(() => ended(demo))
  await until(() => existsSync(join(dir, 'hotcb.metrics.jsonl')) && linesOf(dir, 'hotcb.metrics.jsonl').length > 20)
  return dir
}

type Answer = Promise<Record<string, unknown>>

interface TheirDashboard {
  get(path: string): Answer
  post(path: string, body: object): Answer
}

/** `hotcb serve` of Python, for this machine alone: by default it listens on every address. */
async function startTheirDashboard(dir: string): Promise<TheirDashboard> {
  const port = await freePort()
  const args = ['-m', 'hotcb', '--dir', dir, 'serve', '--host', '127.0.0.1', '--port', String(port)]
  const server = startPython('unpublished', dir, args)
  onTestFinished(() => ended(server))
  const ask = async (path: string, init: RequestInit = {}): Answer => {
    const response = await fetch(`http://127.0.0.1:${port}/api/${path}`, init)
    const answer: unknown = await response.json()
    expect(response.status, `${path}: ${JSON.stringify(answer)}`).toBe(200)
    return answer as Record<string, unknown>
  }
  await until(async () => {
    if (server.exitCode !== null) throw new Error(`hotcb serve ended with ${server.exitCode}`)
    return (await ask('health').catch(() => ({ status: 'not there' }))).status === 'ok'
  })
  const headers = { 'content-type': 'application/json' }
  return {
    get: (path) => ask(path),
    post: (path, body) => ask(path, { method: 'POST', headers, body: JSON.stringify(body) }),
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(address)))
    })
  })
}

async function ended(child: ReturnType<typeof startPython>): Promise<void> {
  const end = new Promise((resolve) => child.once('close', resolve))
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await end
  }
}
