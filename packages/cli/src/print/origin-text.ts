import { printable, type RunOrigin } from '@hotcb/protocol'
import { shellWord } from '@hotcb/run'
import type { Terminal } from './terminal.ts'

/** Describes in one line how a run was started: commit, machine and command line. */
export function describeOrigin({ command, git, host }: RunOrigin, { dim }: Pick<Terminal, 'dim'>): string {
  const place = git === null ? [] : [`git ${git.commit.slice(0, 8)}${git.branch === null ? '' : ` on ${git.branch}`}`]
  const state = git?.is_dirty === true ? ['with uncommitted changes'] : []
  const machine = host === null ? [] : [`host ${host}`]
  const line = command === null ? '' : dim(`  ${command.map(shellWord).join(' ')}`)
  return printable(`${[...place, ...state, ...machine].join(', ')}`) + printable(line)
}
