import { type ChildProcess, spawn } from 'node:child_process'
import { describeExit } from '@hotcb/protocol'
import type { CliContext } from '../../context.ts'

/** A notifier that runs as long as this program. */
export interface NotifierBeside {
  close(): Promise<void>
}

/**
 * Starts `hotcb notify run` in a separate process, so that its file reads and its connections never delay this one. It records alerts even
 * if no notifications are configured, and exits together with this process, no matter how this process ends.
 *
 * @param roots The directories in which to look for runs.
 */
export function startNotifierBeside({ terminal, env }: CliContext, roots: readonly string[]): NotifierBeside {
  const program = process.argv[1]
  if (program === undefined) return { close: async () => undefined }
  const args = [program, 'notify', 'run', '--attached', ...roots.flatMap((root) => ['--root', root])]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...env } })
  for (const stream of [child.stdout, child.stderr]) forEachLine(stream, (line) => terminal.err(line))
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', (code, signal) => {
      if (code !== 0 && code !== EXPECTED)
        terminal.err(`the notifier ${describeExit(code, signal)}: no messages will be sent`)
      resolve()
    })
  })
  // A broken pipe to an exited process is not an error in this process.
  child.stdin.on('error', () => undefined)
  return {
    async close() {
      child.stdin.end()
      await ended
    },
  }
}

// The notifier's exit code after a request to exit.
const EXPECTED = 130

function forEachLine(stream: ChildProcess['stdout'], take: (line: string) => void): void {
  let rest = ''
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  })
}
