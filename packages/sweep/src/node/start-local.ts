import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import type { ChunkAttempt } from '../executor/executor.ts'
import { readEnvFile } from './env-file.ts'
import { hostMark, type WorkspacePaths } from './paths.ts'
import { WRAPPER } from './wrapper.ts'

/**
 * Starts an attempt's wrapper, which outlives this process. `onExit` is called if the wrapper exits while this process is running. Returns
 * the wrapper's process ID; undefined if it could not be started.
 */
export function startLocal(
  paths: WorkspacePaths,
  { i, env }: Pick<ChunkAttempt, 'i' | 'env'>,
  onExit: () => void,
): number | undefined {
  const runDir = join(paths.results, String(i))
  mkdirSync(paths.logs, { recursive: true })
  mkdirSync(runDir, { recursive: true })
  // The file contains a request to an earlier attempt.
  rmSync(join(runDir, '_signal'), { force: true })
  const out = openSync(join(paths.logs, `${i}.out`), 'a')
  const err = openSync(join(paths.logs, `${i}.err`), 'a')
  try {
    const child = spawn('bash', ['-c', WRAPPER, 'hotcb-trial'], {
      cwd: paths.root,
      detached: true,
      stdio: ['ignore', out, err],
      env: { ...readEnvFile(paths.root), ...process.env, ...env, ...placeEnv() },
    })
    child.on('exit', onExit)
    child.on('error', onExit)
    child.unref()
    return child.pid
  } finally {
    closeSync(out)
    closeSync(err)
  }
}

/** Returns the variables that identify the boot and the namespaces; the wrapper adds its own start time. */
function placeEnv(): Readonly<Record<string, string>> {
  return {
    HYPERHERD_EXECUTOR: 'local',
    HYPERHERD_HOST: hostMark(),
    HYPERHERD_PLACE: processStart()?.split('/').slice(0, -1).join('/') ?? '',
  }
}
