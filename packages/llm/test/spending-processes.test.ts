import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Caps, NO_CAPS, nanoUsd } from '../src/index.ts'
import { openSpending } from '../src/node.ts'

const HALF_CENT = { nano: nanoUsd(0.005), tokens: 1000, calls: 1, actions: 0 }
const FIVE_CENTS: Caps = { ...NO_CAPS, nano: nanoUsd(0.05) }

function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-spending-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Bundles the program into one JavaScript file, so that Node does not have to strip types. */
async function program(dir: string): Promise<string> {
  const outfile = join(dir, 'spender.mjs')
  const entry = join(import.meta.dirname, 'spender-program.ts')
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@hotcb/source'],
  })
  return outfile
}

function spend(file: string, times: number): { readonly child: ChildProcess; readonly said: Promise<string> } {
  const args = [file, dirname(file), String(HALF_CENT.nano), String(FIVE_CENTS.nano), String(times)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (piece) => {
    said += String(piece)
  })
  return { child, said: new Promise((resolve) => child.on('close', () => resolve(said))) }
}

test('ten processes that run at once get exactly as many reservations as the budget allows', async () => {
  const dir = directory()
  const file = await program(dir)
  const said = await Promise.all(Array.from({ length: 10 }, () => spend(file, 3).said))
  const all = said.join('').trim().split('\n')
  expect(all).toHaveLength(30)
  expect(all.filter((one) => one === 'reserved')).toHaveLength(10)
  const { nano, calls } = openSpending({ path: join(dir, 'ai-spending.jsonl'), run: 'r1' }).totals()
  expect([nano, calls]).toEqual([FIVE_CENTS.nano, 10])
})

test('if a process is killed while it reserves, its reservations still count', async () => {
  const dir = directory()
  const [file, path] = [await program(dir), join(dir, 'ai-spending.jsonl')]
  for (let round = 1; round <= 3; round++) {
    const { child, said } = spend(file, 1_000_000)
    // Kills it somewhere in the middle of a later reservation than in the previous round.
    await vi.waitUntil(() => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > round * 500, {
      timeout: 300_000,
      interval: 1,
    })
    child.kill('SIGKILL')
    await said
  }
  const spending = openSpending({ path, run: 'r1' })
  for (let i = 0; i < 12; i++) spending.reserve(HALF_CENT, FIVE_CENTS)
  expect(spending.totals().nano).toBe(FIVE_CENTS.nano)
})
