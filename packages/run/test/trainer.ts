import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { onTestFinished } from 'vitest'

const HERE = fileURLToPath(new URL('.', import.meta.url))

let folder: string | undefined

/** Builds the trainer from the sources of the workspace, once for all tests of a file, so that it starts quickly. */
export async function buildTrainer(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'hotcb-run-trainer-'))
  await bundleProgram('trainer-program.ts', join(folder, 'trainer.mjs'))
}

/** Bundles one of the tests' programs into one file for Node. */
export async function bundleProgram(name: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [join(HERE, name)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    conditions: ['@hotcb/source'],
    alias: { '@hotcb/run/node': join(HERE, '../src/node.ts') },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
  })
}

/** Removes what was built. */
export function removeTrainer(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
}

/** A real trainer on a real kernel in its own process, once it has begun; killed when the test ends. */
export async function startTrainer(dir: string, within: readonly string[] = []): Promise<ChildProcess> {
  if (folder === undefined) throw new Error('`buildTrainer` comes first')
  const [command = process.execPath, ...rest] = [...within, process.execPath, join(folder, 'trainer.mjs'), dir]
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  onTestFinished(() => killAll(child))
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve())
    child.once('exit', (code) => reject(new Error(`the trainer ended with ${code}`)))
  })
  return child
}

/** Kills a trainer and its process group, and waits until it has ended. */
export async function killAll(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  // A negative pid means the whole process group of the trainer.
  process.kill(-child.pid, 'SIGKILL')
  await ended
}

/** Changes the content and the time of the state document. A step takes 100 s, so that it stays young for 300 s. */
export function rewriteState(dir: string, kernel: object, secondsAgo = 0): void {
  const path = join(dir, 'hotcb.state.json')
  const state = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...state, step_seconds: 100, kernel: { ...state.kernel, ...kernel } }))
  const then = Date.now() / 1000 - secondsAgo
  utimesSync(path, then, then)
}
