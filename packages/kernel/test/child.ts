import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const RUN = fileURLToPath(new URL('../../../scripts/typescript-loader.mjs', import.meta.url))

/** The arguments with which Node runs a fixture program, with the TypeScript sources of all packages. */
export function programArguments(name: string, ...args: readonly string[]): string[] {
  const program = fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))
  const sources = name.endsWith('.ts') ? ['--conditions=@hotcb/source', '--import', RUN] : []
  return [...sources, program, ...args]
}

/** Runs a program until it exits; returns its output and exit code. `prefix` is a command under which to run it. */
export async function runProgram(
  name: string,
  args: readonly string[],
  prefix: readonly string[] = [],
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const [command = process.execPath, ...rest] = [...prefix, process.execPath, ...programArguments(name, ...args)]
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const [code] = await once(child, 'close')
  return { code, stdout, stderr }
}
