import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { requireAnswers } from './strict-answers.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const SOURCES = [
  'autopilot',
  'expr',
  'launch',
  'llm',
  'monitor',
  'notify',
  'cli',
  'commands',
  'protocol',
  'journal',
  'recipe',
  'run',
  'sweep',
  'tune',
]
  .map((name) => `packages/${name}/src`)
  .concat('apps/cli/src')

/** The result of a process. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Builds the published program from the sources, once for each version of them. Returns its path. */
export function buildProgram(): string {
  const cache = join(ROOT, 'packages/cli/node_modules/.cache/hotcb')
  const target = join(cache, fingerprint())
  const program = join(target, 'hotcb.cjs')
  if (existsSync(program)) return program
  mkdirSync(cache, { recursive: true })
  const fresh = mkdtempSync(join(cache, 'new-'))
  const tsup = join(ROOT, 'node_modules/tsup/dist/cli-default.js')
  const built = spawnSync(process.execPath, [tsup, '--out-dir', fresh], {
    cwd: join(ROOT, 'apps/cli'),
    encoding: 'utf8',
  })
  if (built.status !== 0) throw new Error(`the program cannot be built: ${built.stderr}${built.stdout}`)
  // Tests also run it as other users.
  chmodSync(fresh, 0o755)
  try {
    renameSync(fresh, target)
  } catch {
    // Another worker built the same program first.
    rmSync(fresh, { recursive: true })
  }
  for (const name of readdirSync(cache)) {
    const age = Date.now() - statSync(join(cache, name)).mtimeMs
    if (join(cache, name) !== target && age > 3_600_000)
      rmSync(join(cache, name), { recursive: true, force: true, maxRetries: 5 })
  }
  return program
}

/** Creates an empty directory that is removed when the test ends. */
export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-cli-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }))
  return dir
}

/** Starts `hotcb ARGS` as a separate process. */
export function start(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; uid?: number } = {},
): ChildProcess {
  return startProgram(options.uid === undefined ? buildProgram() : programForAnybody(), args, options)
}

/** Starts a copy of the program. */
export function startProgram(
  program: string,
  args: readonly string[],
  { cwd = tmpdir(), env = {}, uid }: NonNullable<Parameters<typeof start>[1]> = {},
): ChildProcess {
  return spawn(process.execPath, [program, ...args], {
    cwd,
    env: { ...plainEnv(), ...env },
    ...(uid === undefined ? {} : { uid }),
  })
}

/** Copies the program to where another user may read it, because only its owner may enter the clone's directory. */
export function programForAnybody(): string {
  const dir = temporaryDirectory()
  chmodSync(dir, 0o755)
  cpSync(dirname(buildProgram()), dir, { recursive: true })
  return join(dir, 'hotcb.cjs')
}

/** Runs `hotcb ARGS` and waits for its exit. With `--json`, what it prints must fit its schema. */
export async function hotcb(args: readonly string[], options: Parameters<typeof start>[1] = {}): Promise<Ended> {
  const result = await ended(start(args, options))
  requireAnswers(args, result)
  return result
}

/** Waits until a process exits. */
export function ended(child: ChildProcess): Promise<Ended> {
  let out = ''
  let err = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

/** Returns the environment without variables that affect the output. */
export function plainEnv(): NodeJS.ProcessEnv {
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, NODE_OPTIONS: ____, ...env } = process.env
  return { ...env, USER: 'ann', LC_ALL: 'C.UTF-8' }
}

function fingerprint(): string {
  const hash = createHash('sha256')
  for (const dir of SOURCES) {
    for (const name of readdirSync(join(ROOT, dir), { recursive: true, encoding: 'utf8' }).sort()) {
      const { mtimeMs, size } = statSync(join(ROOT, dir, name))
      hash.update(`${dir}/${name} ${mtimeMs} ${size}\n`)
    }
  }
  hash.update(String(statSync(join(ROOT, 'apps/cli/tsup.config.ts')).mtimeMs))
  return hash.digest('hex').slice(0, 16)
}
