import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { readDocument } from '@hotcb/journal'
import { messageOf, runFiles } from '@hotcb/protocol'
import { privacyProblem } from '@hotcb/run/node'
import { type NotifyConfigReading, readNotifyConfig } from '../config/read-config.ts'

/** A configuration that was found: its file and its content. */
export type FoundConfig = { readonly path: string } & NotifyConfigReading

/**
 * Finds a run's configuration: the one in its directory, or else the user's own, `notify.yaml` in `$XDG_CONFIG_HOME/hotcb` or
 * `~/.config/hotcb`.
 *
 * @param options.path Read this file instead.
 * @returns undefined if it is missing. A file that others can read or write is rejected, because anyone who can write it decides where
 * messages and secrets go.
 */
export function findNotifyConfig(
  runDir: string,
  { path, env }: { readonly path?: string | undefined; readonly env: Readonly<Record<string, string | undefined>> },
): FoundConfig | undefined {
  const found = path ?? [join(runDir, runFiles.notifyConfig), userConfigPath(env)].find((one) => existsSync(one))
  return found === undefined ? undefined : readFile(found)
}

/** Returns the path of this user's configuration, which applies to all runs without their own. */
export function userConfigPath(env: Readonly<Record<string, string | undefined>>): string {
  const home = env['XDG_CONFIG_HOME']
  return join(home === undefined || home === '' ? join(homedir(), '.config') : home, 'hotcb', 'notify.yaml')
}

function readFile(path: string): FoundConfig {
  try {
    const document = readDocument(path)
    if (document === null) return { path, ok: false, problems: [`the file \`${path}\` does not exist`] }
    const problem = privacyProblem(path)
    if (problem !== null) return { path, ok: false, problems: [problem] }
    return { path, ...readNotifyConfig(document.text, path) }
  } catch (error) {
    return { path, ok: false, problems: [messageOf(error)] }
  }
}
