import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'

const BIN = fileURLToPath(new URL('../bin/hotcb.js', import.meta.url))
const children: ChildProcess[] = []
const dirs: string[] = []

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

function run(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-serve-'))
  dirs.push(dir)
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), '{"step":0,"metrics":{"loss":1}}\n')
  return dir
}

/** Serves a run on a free port, under `prefix` if given; the child and the address that its first line tells. */
async function serve(dir: string, prefix: readonly string[] = []): Promise<{ child: ChildProcess; address: string }> {
  const [command = '', ...rest] = [...prefix, process.execPath, BIN, '--dir', dir, 'serve', '--port', '0']
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
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

test('`hotcb serve` tells its address first, queues commands, and ends when it is interrupted', async () => {
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

// A limit on the size of files stands in for a full disk: it is real, and anyone may set it.
const canLimit = process.platform === 'linux' && spawnSync('sh', ['-c', 'ulimit -S -f 8']).status === 0

test('where the disk is full a command is refused with the reason, and is taken when there is room again', async () => {
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
