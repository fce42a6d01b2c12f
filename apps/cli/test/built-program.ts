import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const { NO_COLOR: _, FORCE_COLOR: __, ...ENV } = process.env

/** The programs as they are published. */
export const HOTCB: string = fileURLToPath(new URL('../bin/hotcb.js', import.meta.url))
export const RUNTIMECTL: string = fileURLToPath(new URL('../bin/runtimectl.js', import.meta.url))

let areBuilt = false

/**
 * Builds the bundled programs, with demo and dashboard as separate packages next to them. Test files that share this module build them only
 * once.
 */
export function buildPrograms(): void {
  if (areBuilt) return
  const turbo = join(ROOT, 'node_modules/.bin/turbo')
  const built = spawnSync(turbo, ['run', 'build', '--filter=hotcb...', '--ui=stream', '--output-logs=errors-only'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...ENV, TURBO_TELEMETRY_DISABLED: '1' },
  })
  if (built.status !== 0) throw new Error(`the build failed: ${built.stdout}${built.stderr}`)
  areBuilt = true
}

/** Runs a program in a separate terminal, which script(1) creates. */
export function inTerminal(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; out: string }> {
  const line = [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ')
  const words = process.platform === 'darwin' ? ['-q', '/dev/null', 'sh', '-c', line] : ['-qec', line, '/dev/null']
  const child = spawn('script', words, { env: { ...ENV, USER: 'ann', TERM: 'xterm', LC_ALL: 'C.UTF-8', ...env } })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out })))
}
