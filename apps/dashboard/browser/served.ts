import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterwards } from './fixture.ts'

const PROGRAM = fileURLToPath(new URL('../../cli/bin/hotcb.js', import.meta.url))

/** Starts `hotcb serve` as a person would. All processes that its launcher started are killed when the test ends. */
export async function serve(root: string): Promise<string> {
  const child = spawn(process.execPath, [PROGRAM, 'serve', '--root', root, '--port', '0'], { cwd: root })
  afterwards(() => {
    for (const pid of launchedPids(root)) endProcess(pid)
    child.kill('SIGKILL')
  })
  let out = ''
  return new Promise((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      out += more
      const address = /^(http\S+)$/m.exec(out)?.[1]
      if (address !== undefined) resolve(address)
    })
  })
}

/** Trains a run to its end with `hotcb launch`, as a person would, so that a page can branch from it. */
export async function launchTraining(dir: string, options: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, 'launch', '--no-serve', '--run-dir', dir, ...options], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  afterwards(() => child.kill('SIGKILL'))
  let problem = ''
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    problem += more
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`hotcb launch ended with ${code}: ${problem}`)
}

/** Returns the process ids of training runs and their keepers in a directory and in its `runs`, from their logs. */
function launchedPids(root: string): readonly number[] {
  return [root, join(root, 'runs')]
    .flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []))
    .map((dir) => join(dir, 'hotcb.launch.jsonl'))
    .filter((path) => existsSync(path))
    .flatMap((path) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as { readonly kind: string; readonly data: { readonly pid?: number } })
        .flatMap(({ kind, data }) =>
          (kind === 'begin' || kind === 'started') && data.pid !== undefined ? [data.pid] : [],
        ),
    )
}

function endProcess(pid: number): void {
  if (!Number.isSafeInteger(pid) || pid <= 1) throw new RangeError(`no process id: ${pid}`)
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // The process has ended.
  }
}
