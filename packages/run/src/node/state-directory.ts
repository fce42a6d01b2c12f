import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Returns the directory for a user's files that do not belong to any run: `$XDG_STATE_HOME/hotcb`, otherwise
 * `~/.local/state/hotcb`.
 */
export function stateDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const home = env['XDG_STATE_HOME']
  return join(home === undefined || home === '' ? join(homedir(), '.local', 'state') : home, 'hotcb')
}
