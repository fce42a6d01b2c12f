import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where hotcb keeps what belongs to a user and to no run: `$XDG_STATE_HOME/hotcb`, otherwise `~/.local/state/hotcb`. */
export function stateDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const home = env['XDG_STATE_HOME']
  return join(home === undefined || home === '' ? join(homedir(), '.local', 'state') : home, 'hotcb')
}
