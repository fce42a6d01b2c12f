import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, onTestFinished } from 'vitest'

let folder = ''

/** Builds the programs in `test/programs` from the sources, for the tests in this file. */
export function usePrograms(...names: readonly string[]): void {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hotcb-notify-programs-'))
    await build({
      entryPoints: names.map((name) => fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url))),
      outdir: folder,
      bundle: true,
      platform: 'node',
      format: 'esm',
      outExtension: { '.js': '.mjs' },
      conditions: ['@hotcb/source'],
      external: ['nodemailer', 'discord.js', '@slack/*'],
      alias: { '@hotcb/notify/node': fileURLToPath(new URL('../src/node.ts', import.meta.url)) },
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
    })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
}

/** Starts a program and waits until it reports that it is ready. It is killed when the test is over. */
export async function startProgram(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(folder, `${name}.mjs`), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  onTestFinished(() => ended(child, 'SIGKILL'))
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (text) => {
      if (String(text).includes('ready')) resolve()
    })
    child.once('exit', (code) => reject(new Error(`\`${name}\` ended with ${code}`)))
  })
  return child
}

/** Sends a signal, and waits until the program has ended. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await exit
}
