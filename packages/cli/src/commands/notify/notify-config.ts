import { type CommandError, refusal, type StringFlag } from '@hotcb/commands'
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
  description: 'Read this configuration instead of the run’s `hotcb.notify.yaml`.',
}

/** The sentence on the help pages that says where the configuration is. */
export const ABOUT_CONFIG =
  'The configuration is `hotcb.notify.yaml` in the run directory, or else `~/.config/hotcb/notify.yaml`. It must be readable only by you (mode 0600). See docs/notifications.md.'

/** A valid configuration and its file. */
export interface UsableConfig {
  readonly path: string
  readonly config: NotifyConfig
}

/** Reads the configuration. @throws CommandError `refused` if it is missing or invalid. Prints each problem to standard error. */
export function requireConfig(context: CliContext, path: string | undefined): UsableConfig {
  const { dir, env } = context
  const found = findNotifyConfig(dir, { path, env })
  if (found === undefined) {
    throw refusal(
      `no notifications are configured: neither \`hotcb.notify.yaml\` in \`${dir}\` nor \`${userConfigPath(env)}\` exists`,
      'see the example in docs/notifications.md',
    )
  }
  if (found.ok) return { path: found.path, config: found.config }
  throw refusalOfAll(found.problems, context) ?? refusal(`\`${found.path}\` cannot be used`)
}

/**
 * Prints all problems except the last one to standard error, and returns the last one as the error; undefined if there are none.
 */
export function refusalOfAll(
  problems: readonly string[],
  { terminal, json }: Pick<CliContext, 'terminal' | 'json'>,
): CommandError | undefined {
  const last = problems.at(-1)
  if (last === undefined) return undefined
  if (json) return refusal(problems[0] ?? last, undefined, problems.length > 1 ? { problems } : {})
  for (const problem of problems.slice(0, -1)) terminal.err(problem)
  return refusal(last)
}

/** Returns the parts of this program that channels need. */
export function portsOf({ env, terminal }: CliContext): NotifyPorts {
  return {
    env,
    terminal: {
      line: (text) => terminal.out(text),
      // A bell only makes sense on a terminal.
      bell: () => {
        if (terminal.isTerminal) ringBell()
      },
    },
    approvals: approvalPort,
    onTrouble: (text) => terminal.err(text),
  }
}
