import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { removeDirectory } from '../remove-directory.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
/** The built program. */
export const HOTCB: string = join(HERE, '../../apps/cli/bin/hotcb.js')
const RUNTIMECTL = join(HERE, '../../apps/cli/bin/runtimectl.js')

/** How a process ended. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/**
 * Which Python code is meant: hotcb 2 and runtimectl, which Python's index does not have, or the hotcb that it does have. The
 * former are the originals, or programs written from their documentation: `vitest.python.config.ts` runs the tests with each.
 */
export type Peer = 'unpublished' | 'published'

/** A new empty directory, removed when the test is over. */
export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-python-'))
  onTestFinished(() => removeDirectory(dir))
  return dir
}

/** Runs the built `hotcb ARGS` of this project, which never waits for an answer by default. */
export function ours(dir: string, ...args: readonly string[]): Promise<Ended> {
  return runOurs(dir, [HOTCB, '--dir', dir, ...args])
}

function runOurs(cwd: string, args: readonly string[]): Promise<Ended> {
  const { FORCE_COLOR: _, ...env } = process.env
  const settings = { ...env, NO_COLOR: '1', USER: 'ann', LC_ALL: 'C.UTF-8' }
  return ended(spawn(process.execPath, args, { cwd, env: settings }))
}

/** `runtimectl -q DIR ARGS` of this project, built. */
export function ourRuntimectl(dir: string, ...args: readonly string[]): Promise<Ended> {
  return runOurs(dir, [RUNTIMECTL, '-q', dir, ...args])
}

/** `runtimectl -q DIR ARGS` of Python. */
export function theirRuntimectl(dir: string, ...args: readonly string[]): Promise<Ended> {
  // The original cannot be run as `python -m runtimectl`: pip creates a program that calls its `main`, as here.
  const program = 'from runtimectl.cli import main; raise SystemExit(main())'
  return ended(startPython('unpublished', dir, ['-c', program, '-q', dir, ...args]))
}

/** The same for one JSON answer. */
export async function oursAsJson(dir: string, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await ours(dir, ...args, '--json')
  if (code !== 0) throw new Error(`hotcb ${args.join(' ')} ended with ${code}: ${err}`)
  return JSON.parse(out)
}

/** `hotcb --dir DIR ARGS` of Python. */
export function theirs(dir: string, ...args: readonly string[]): Promise<Ended> {
  return ended(startPython('unpublished', dir, ['-m', 'hotcb', '--dir', dir, ...args]))
}

/** Runs `hotcb --dir DIR ARGS` of the hotcb in Python's package index, which supports only callbacks. */
export function published(dir: string, ...args: readonly string[]): Promise<Ended> {
  const program = 'from hotcb.cli import main; main()'
  return ended(startPython('published', dir, ['-c', program, '--dir', dir, ...args]))
}

/** A Python process that trains on request. */
export interface PythonLoop {
  /** Sends a request and waits for its answer. */
  ask(request: object): Promise<Said>
  /** Closes its input, and waits for its end. */
  end(): Promise<Ended>
}

/** The answer of a loop to each request. */
export type Said = Readonly<Record<string, unknown>>

/** Starts `PROGRAM ARGS`, a file next to this one. */
export function pythonLoop(peer: Peer, program: string, ...args: readonly string[]): PythonLoop {
  const child = startPython(peer, HERE, [join(HERE, program), ...args])
  onTestFinished(() => void child.kill('SIGKILL'))
  const end = ended(child)
  const { stdin, stdout } = child
  if (stdin === null || stdout === null) throw new Error('the pipes are missing')
  const lines = createInterface(stdout)[Symbol.asyncIterator]()
  return {
    async ask(request) {
      stdin.write(`${JSON.stringify(request)}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error(`${program} ended: ${(await end).err}`)
      return readJson(value)
    },
    end() {
      stdin.end()
      return end
    },
  }
}

/** What callbacks logged, without the lines of hotcb 2's module `cb` about loading, setting or unloading one. */
export function saidByCallbacks(heard: unknown): unknown {
  return Array.isArray(heard) ? heard.filter((line) => !String(line).startsWith('[hotcb.cb] ')) : heard
}

/** Waits until a condition holds; the timeout of the test is the limit. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** The lines of a JSONL file of a run; Python's `NaN` becomes null. */
export function linesOf(dir: string, name: string): Record<string, unknown>[] {
  const text = readFileSync(join(dir, name), 'utf8')
  // The line may be incomplete while it is being written.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return whole.split('\n').filter(Boolean).map(readJson)
}

// Python writes `NaN` and `Infinity`, which JSON does not have.
function readJson(text: string): Record<string, unknown> {
  const tokens = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g
  return JSON.parse(text.replace(tokens, (token) => (token.startsWith('"') ? token : 'null')))
}

/** Starts Python with the packages that a peer's programs import. */
export function startPython(peer: Peer, cwd: string, args: readonly string[]): ChildProcess {
  const python = process.env['HOTCB_PYTHON']
  if (python === undefined) throw new Error('`HOTCB_PYTHON` is not set: run `npm run test:python`')
  const path = peer === 'published' ? '' : process.env['HOTCB_PYTHON_PEERS']
  if (path === undefined) throw new Error('`HOTCB_PYTHON_PEERS` is not set: run `npm run test:python`')
  const env = { ...process.env, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1' }
  return spawn(python, args, { cwd, env })
}

/** Waits for the end of a process. */
export function ended(child: ChildProcess): Promise<Ended> {
  let out = ''
  let err = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })
}
