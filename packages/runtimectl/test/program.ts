import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll } from 'vitest'

/** How a process ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

let folder = ''

/** Bundles programs in `test/programs` from the sources, for the tests in the calling file. */
export function usePrograms(...names: readonly string[]): void {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hotcb-programs-'))
    await build({
      entryPoints: names.map((name) => fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url))),
      outdir: folder,
      bundle: true,
      platform: 'node',
      format: 'esm',
      outExtension: { '.js': '.mjs' },
      conditions: ['@hotcb/source'],
      logLevel: 'silent',
    })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
}

/** Starts one of these programs. */
export function start(name: string, args: readonly string[], prefix: readonly string[] = []): ChildProcess {
  const [command = process.execPath, ...rest] = [...prefix, process.execPath, join(folder, `${name}.mjs`), ...args]
  return spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
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
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, out, err })))
}

/** Runs one of these programs until it ends. */
export function runProgram(name: string, args: readonly string[], prefix: readonly string[] = []): Promise<Ended> {
  return ended(start(name, args, prefix))
}
