import { execFile } from 'node:child_process'

/** How a program of SLURM ended. */
export interface SlurmCall {
  /** Null where it was killed, or did not end in time. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** There is no such program here. */
  readonly isMissing: boolean
}

const LARGEST_OUTPUT = 256 * 2 ** 20

/** Runs a program of SLURM; never throws. */
export function callSlurm(
  program: string,
  args: readonly string[],
  { timeoutMs, env = {}, cwd }: CallOptions,
): Promise<SlurmCall> {
  return new Promise((resolve) => {
    const options = {
      encoding: 'utf8' as const,
      timeout: timeoutMs,
      killSignal: 'SIGKILL' as const,
      maxBuffer: LARGEST_OUTPUT,
      env: { ...process.env, SLURM_TIME_FORMAT: '%s', SLURM_BITSTR_LEN: '0', ...env },
      ...(cwd !== undefined && { cwd }),
    }
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null
      resolve({ code, stdout, stderr, isMissing: error?.code === 'ENOENT' })
    })
  })
}

/** How long to wait, and where. */
export interface CallOptions {
  readonly timeoutMs: number
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** Why a call is no answer, in one line. */
export function silence(program: string, { code, stderr, isMissing }: SlurmCall): string {
  if (isMissing) return `there is no \`${program}\` here`
  const [line = ''] = stderr
    .split('\n')
    .filter((one) => one.trim() !== '')
    .slice(-1)
  return `${program}: ${line === '' ? (code === null ? 'no answer in time' : `exit code ${code}`) : line}`
}
