import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { runLine } from './line-runner.ts'
import { requireAnswers } from './strict-answers.ts'
import { type Ended, plainEnv, temporaryDirectory } from './surroundings.ts'

export { type Ended, plainEnv, temporaryDirectory }

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
  // Tests also run the program as other users.
  chmodSync(fresh, 0o755)
  try {
    renameSync(fresh, target)
  } catch {
    // Another worker built the same program first.
    rmSync(fresh, { recursive: true })
  }
  for (const name of readdirSync(cache)) {
    const path = join(cache, name)
    // Another worker may have just removed it.
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats !== undefined && path !== target && Date.now() - stats.mtimeMs > 3_600_000) removeDirectory(path)
  }
  return program
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

/** Copies the program to a place where another user may read it, because only the owner may enter the clone's directory. */
export function programForAnybody(): string {
  const dir = temporaryDirectory()
  chmodSync(dir, 0o755)
  cpSync(dirname(buildProgram()), dir, { recursive: true })
  return join(dir, 'hotcb.cjs')
}

/**
 * Runs `hotcb ARGS` and waits for its end. With `--json`, its output must match its schema. A line shares its process with
 * others, unless it needs another user or other Node options; see {@link runLine}. In mutation tests, such a line runs in this
 * process, where mutants are active.
 */
export async function hotcb(args: readonly string[], options: Parameters<typeof start>[1] = {}): Promise<Ended> {
  const { cwd = tmpdir(), env = {}, uid } = options
  const isPlain = uid === undefined && env['NODE_OPTIONS'] === undefined
  if (isPlain && process.env['HOTCB_MUTATE'] !== undefined) {
    const { runHere } = await import('./here.ts')
    return runHere(args, { cwd, env, ports: { version: publishedVersion() } })
  }
  const result = await (isPlain
    ? runLine(buildProgram(), { args, cwd, env: { ...plainEnv(), ...env } })
    : ended(start(args, options)))
  requireAnswers(args, result)
  return result
}

function publishedVersion(): string {
  return JSON.parse(readFileSync(join(ROOT, 'apps/cli/package.json'), 'utf8')).version
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
