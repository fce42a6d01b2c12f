import { spawnSync } from 'node:child_process'
import { hostname } from 'node:os'
import { type GitState, maskSecrets, ORIGIN_VARIABLES, type RunOrigin, withoutLogin } from '@hotcb/protocol'

/** How a program was started: its command line, directory and environment. */
export interface StartedProgram {
  readonly command: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Describes the origin of a run: the command line without secrets, the directory, the machine, the git state, and some
 * environment variables.
 */
export function readOrigin({ command, cwd, env }: StartedProgram): RunOrigin {
  return {
    command: maskSecrets(command),
    cwd,
    host: hostname(),
    git: readGit(cwd, env),
    env: Object.fromEntries(
      ORIGIN_VARIABLES.flatMap((name) => {
        const value = env[name]
        return value === undefined ? [] : [[name, value]]
      }),
    ),
  }
}

/**
 * Reads the git state of a directory; null outside a working tree, before its first commit, and if git is not
 * installed.
 */
function readGit(cwd: string, env: StartedProgram['env']): GitState | null {
  const git = (...args: readonly string[]): string | null => {
    // `git status` must not lock the repository, and a slow file system must not delay training.
    const options = { cwd, encoding: 'utf8', timeout: GIT_MS, env: { ...env, GIT_OPTIONAL_LOCKS: '0' } } as const
    const { status, stdout } = spawnSync('git', args, options)
    return status === 0 ? stdout : null
  }
  const status = git('status', '--porcelain=v2', '--branch', '--untracked-files=no')?.split('\n') ?? []
  const commit = header(status, 'branch.oid')
  if (commit === undefined || commit === '(initial)') return null
  const branch = header(status, 'branch.head') ?? null
  const remote = git('config', '--get', 'remote.origin.url')?.trim()
  return {
    commit,
    branch: branch === '(detached)' ? null : branch,
    is_dirty: status.some((line) => line !== '' && !line.startsWith('#')),
    remote: remote === undefined || remote === '' ? null : withoutLogin(remote),
  }
}

const GIT_MS = 3000

function header(lines: readonly string[], name: string): string | undefined {
  return lines.find((line) => line.startsWith(`# ${name} `))?.slice(name.length + 3)
}
