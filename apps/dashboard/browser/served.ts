import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterwards } from './fixture.ts'

/** `hotcb serve` as a person starts it. Every process that its launcher started is ended with the test. */
export async function serve(root: string): Promise<string> {
  const program = fileURLToPath(new URL('../../cli/bin/hotcb.js', import.meta.url))
  const child = spawn(process.execPath, [program, 'serve', '--root', root, '--port', '0'], { cwd: root })
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

/** Training runs and their keepers, as the logs name them. */
function launchedPids(root: string): readonly number[] {
  const runs = join(root, 'runs')
  if (!existsSync(runs)) return []
  return readdirSync(runs).flatMap((name) =>
    readFileSync(join(runs, name, 'hotcb.launch.jsonl'), 'utf8')
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
    // It has ended.
  }
}
