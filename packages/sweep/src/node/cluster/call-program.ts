import { execFile } from 'node:child_process'

/** The result of calling a scheduler program. */
export interface ProgramCall {
  /** Null if it was killed or did not exit in time. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Whether this machine has no such program. */
  readonly isMissing: boolean
}

const LARGEST_OUTPUT = 256 * 2 ** 20

/** Runs a scheduler program; never throws. */
export type CallProgram = (program: string, args: readonly string[], options: CallOptions) => Promise<ProgramCall>

/** Runs the programs here, or on a login node that sees the same files. */
export function programCaller(host: string | null): CallProgram {
  if (host === null) return callHere
  return async (program, args, { timeoutMs, env = {}, cwd, signal }) => {
    const variables = Object.entries({ ...FORMATS, ...env }).map(([key, value]) => `${key}=${value}`)
    const command = ['env', ...variables, program, ...args].map(shellWord).join(' ')
    const there = cwd === undefined ? command : `cd ${shellWord(cwd)} && ${command}`
    const call = await callHere('ssh', [...SSH_OPTIONS, host, there], { timeoutMs, ...(signal && { signal }) })
    // With exit code 255, ssh itself failed, so it is not known whether the program ran. With 127, the shell did not find the program.
    if (call.code === 127) return { ...call, isMissing: true }
    return call.code === 255 ? { ...call, code: null, stderr: call.stderr || `ssh to ${host} failed` } : call
  }
}

/** No prompts, and one connection for many calls. */
const SSH_OPTIONS = [
  ...['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10'],
  ...['-o', 'ControlMaster=auto', '-o', 'ControlPersist=60', '-o', 'ControlPath=~/.ssh/hotcb-%C'],
]

function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`
}

/** Requests times as epoch seconds, and task lists in full. */
const FORMATS = { SLURM_TIME_FORMAT: '%s', SLURM_BITSTR_LEN: '0' }

function callHere(
  program: string,
  args: readonly string[],
  { timeoutMs, env = {}, cwd, signal }: CallOptions,
): Promise<ProgramCall> {
  return new Promise((resolve) => {
    const options = {
      encoding: 'utf8' as const,
      timeout: timeoutMs,
      killSignal: 'SIGKILL' as const,
      maxBuffer: LARGEST_OUTPUT,
      env: { ...process.env, ...FORMATS, ...env },
      ...(cwd !== undefined && { cwd }),
      ...(signal !== undefined && { signal }),
    }
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null
      resolve({ code, stdout, stderr, isMissing: error?.code === 'ENOENT' })
    })
  })
}

/** Options for a call: its time limits and its directory. */
export interface CallOptions {
  readonly timeoutMs: number
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Ends the call early. */
  readonly signal?: AbortSignal
}

/** Returns a one-line reason why a call returned no answer. */
export function silence(program: string, { code, stderr, isMissing }: ProgramCall): string {
  if (isMissing) return `\`${program}\` is not installed here`
  const [line = ''] = stderr
    .split('\n')
    .filter((one) => one.trim() !== '')
    .slice(-1)
  return `${program}: ${line === '' ? (code === null ? 'no answer in time' : `exit code ${code}`) : line}`
}
