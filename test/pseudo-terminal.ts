import { spawn, spawnSync } from 'node:child_process'

/** What a shell line printed on a terminal of its own, and its exit code. */
export interface Shown {
  readonly code: number | null
  readonly text: string
}

/**
 * Runs a shell line as a person at a terminal does: on a pseudo-terminal that `script` or `python3` makes, whichever there is.
 *
 * @throws Error where the machine has neither.
 */
export function onTerminal(line: string, options: { readonly cwd: string }): Promise<Shown> {
  const [program, ...args] = terminalFor(line)
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, text: plain(text) }))
  })
}

function terminalFor(line: string): [string, ...string[]] {
  if (has('script')) {
    // Two programs of one name: util-linux, and BSD on macOS.
    return process.platform === 'darwin'
      ? ['script', '-q', '/dev/null', 'sh', '-c', line]
      : ['script', '-qec', line, '/dev/null']
  }
  if (has('python3')) {
    const spawnIt = 'import os,pty,sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(["sh", "-c", sys.argv[1]])))'
    return ['python3', '-c', spawnIt, line]
  }
  throw new Error('a pseudo-terminal needs `script` (util-linux) or `python3`: install one of them')
}

function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
}

// Colours and carriage returns are for eyes.
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
  return text.replace(/\u001B\[[\d;?]*[A-Za-z]/g, '').replaceAll('\r', '')
}
