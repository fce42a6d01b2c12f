import { refusal, type StringFlag } from '@hotcb/commands'
import type { NotifyConfig } from '@hotcb/notify'
import { findNotifyConfig, type NotifyPorts, userConfigPath } from '@hotcb/notify/node'
import { ringBell } from '@hotcb/protocol/node'
import type { CliContext } from '../../context.ts'
import { approvalPort } from './approvals.ts'

/** The flag that names the configuration. */
export const CONFIG_FLAG: StringFlag = {
  type: 'string',
  valueHint: 'FILE',
  isNamed: true,
  description: 'Read this configuration, not `hotcb.notify.yaml` of the run.',
}

/** The sentence of help pages about where the configuration is. */
export const ABOUT_CONFIG =
  'The configuration is `hotcb.notify.yaml` in the run directory, else `~/.config/hotcb/notify.yaml`. It must be readable by you alone (mode 0600); docs/notifications.md describes it.'

/** A configuration that can be used, and its file. */
export interface UsableConfig {
  readonly path: string
  readonly config: NotifyConfig
}

/** @throws CommandError `refused`: there is none, or with every problem on a line of its own on standard error. */
export function requireConfig({ dir, env, terminal }: CliContext, path: string | undefined): UsableConfig {
  const found = findNotifyConfig(dir, { path, env })
  if (found === undefined) {
    throw refusal(
      `no notifications are configured: there is neither \`hotcb.notify.yaml\` in \`${dir}\` nor \`${userConfigPath(env)}\``,
      'docs/notifications.md has an example',
    )
  }
  if (found.ok) return { path: found.path, config: found.config }
  for (const problem of found.problems.slice(0, -1)) terminal.err(problem)
  throw refusal(found.problems.at(-1) ?? `\`${found.path}\` cannot be used`)
}

/** What channels need of this program. */
export function portsOf({ env, terminal }: CliContext): NotifyPorts {
  return {
    env,
    terminal: {
      line: (text) => terminal.out(text),
      // A program that reads the output hears no bell.
      bell: () => {
        if (terminal.isTerminal) ringBell()
      },
    },
    approvals: approvalPort,
    onTrouble: (text) => terminal.err(text),
  }
}
