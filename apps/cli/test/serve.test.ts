import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'

const BIN = fileURLToPath(new URL('../bin/hotcb.js', import.meta.url))
const children: ChildProcess[] = []
const dirs: string[] = []

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  for (const dir of dirs.splice(0)) removeDirectory(dir)
})

function run(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-serve-'))
  dirs.push(dir)
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), '{"step":0,"metrics":{"loss":1}}\n')
  return dir
}

/** Serves a run on a free port, under `prefix` if given. Returns the child and the address from its first line. */
async function serve(
  dir: string,
  prefix: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ child: ChildProcess; address: string }> {
  const [command = '', ...rest] = [...prefix, process.execPath, BIN, '--dir', dir, 'serve', '--port', '0']
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'], env })
  children.push(child)
  const [address] = await once(createInterface(child.stdout), 'line')
  return { child, address: String(address).replace(/\/$/, '') }
}

function ask(address: string, id: string): Promise<Response> {
  const commands = [{ module: 'opt', op: 'set_params', params: { lr: 0.01 } }]
  return fetch(`${address}/api/runs/${id}/commands`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ commands }),
  })
}

async function idOf(address: string): Promise<string> {
  const { runs } = (await (await fetch(`${address}/api/runs`)).json()) as { runs: { id: string }[] }
  return runs[0]?.id ?? ''
}

test('`hotcb serve` prints its address first, queues commands, and exits when it is interrupted', async () => {
  const dir = run()
  const { child, address } = await serve(dir)
  expect(((await (await fetch(`${address}/api/health`)).json()) as { status: string }).status).toBe('ok')
  const answer = await ask(address, await idOf(address))
  expect(answer.ok).toBe(true)
  const { cids } = (await answer.json()) as { cids: string[] }
  expect(JSON.parse(readFileSync(join(dir, 'hotcb.commands.jsonl'), 'utf8'))).toMatchObject({
    cid: cids[0],
    source: 'dashboard',
  })
  child.kill('SIGINT')
  const [code] = await once(child, 'exit')
  expect(code).toBe(130)
})

// A limit on the file size simulates a full disk: it is a real system limit that needs no privileges.
const canLimit = process.platform === 'linux' && spawnSync('sh', ['-c', 'ulimit -S -f 8']).status === 0

test('if the disk is full, a command is refused with the reason, and is accepted once there is room again', async () => {
  expect(canLimit || process.platform !== 'linux').toBe(true)
  if (!canLimit) return
  const dir = run()
  const commands = join(dir, 'hotcb.commands.jsonl')
  writeFileSync(commands, `${'\n'.repeat(4096)}`)
  const { address } = await serve(dir, ['sh', '-c', 'ulimit -S -f 8; exec "$@"', 'sh'])
  const id = await idOf(address)
  const refused = await ask(address, id)
  expect(refused.status).toBe(503)
  expect(((await refused.json()) as { error: { message: string } }).error.message).toContain('hotcb.commands.jsonl')
  truncateSync(commands, 0)
  expect((await ask(address, id)).ok).toBe(true)
  const taken = readFileSync(commands, 'utf8').split('\n').filter(Boolean)
  expect(taken.map((line) => JSON.parse(line).op)).toContain('set_params')
})

test('`hotcb serve` sends messages if they are configured, and its notifier exits with it even if it is killed', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-serve-'))
  dirs.push(dir)
  const bodies: { rule: string }[] = []
  const receiver = createServer((request, response) => {
    request.on('data', (chunk) => bodies.push(JSON.parse(String(chunk))))
    request.on('end', () => response.end())
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void receiver.close())
  const { port } = receiver.address() as AddressInfo // it listens on a port
  writeFileSync(
    join(dir, 'hotcb.notify.yaml'),
    `channels: {hook: {kind: webhook, url: "http://127.0.0.1:${port}", secret: env:HOOK_SECRET}}\nrules: [{on: paused}]\n`,
    { mode: 0o600 },
  )
  const demo = ['--dir', dir, 'demo', '--no-serve', '--max-steps', '100000', '--step-delay', '0.02']
  const trainer = spawn(process.execPath, [BIN, ...demo], { stdio: 'ignore' })
  children.push(trainer)
  await vi.waitFor(() => expect(existsSync(join(dir, 'hotcb.metrics.jsonl'))).toBe(true), 300_000)
  const env = { ...process.env, HOOK_SECRET: 'signing-secret', XDG_STATE_HOME: dir }
  const { child } = await serve(dir, [], env)
  const log = (): string => readFileSync(join(dir, 'hotcb.notify.jsonl'), 'utf8')
  await vi.waitFor(() => expect(log()).toContain('"seen"'), 300_000)
  // The receiver must be able to answer meanwhile.
  children.push(spawn(process.execPath, [BIN, '--dir', dir, 'pause'], { stdio: 'ignore' }))
  await vi.waitFor(() => expect(bodies[0]).toMatchObject({ rule: 'paused' }), 300_000)
  child.kill('SIGKILL')
  await vi.waitFor(() => expect(log()).toContain('"kind":"end"'), 300_000)
})
