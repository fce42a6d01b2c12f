import { describeNotifyRule, type NotifyConfig, type NotifyRule } from '@hotcb/notify'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { alignColumns } from '../../print/table.ts'
import { ABOUT_CONFIG, CONFIG_FLAG, requireConfig } from './notify-config.ts'

/** `hotcb notify rules`. */
export const notifyRulesCommand: CliCommand = cliCommand({
  args: { config: CONFIG_FLAG },
  about: [
    'Checks the configuration and lists every problem with its line and column; the exit code is then 1. If the configuration is valid, it shows the channels and rules as hotcb reads them. Secrets are not read.',
    ABOUT_CONFIG,
  ],
  examples: [{ type: 'hotcb --dir runs/exp-001 notify rules', does: "check a run's configuration" }],
  run(args, context) {
    const { terminal, json } = context
    const { config, path } = requireConfig(context, args.config)
    if (json) {
      const channels = config.channels.map(({ name, kind }) => ({ name, kind }))
      terminal.json({ path, channels, rules: config.rules, quiet: config.quiet, per_hour: config.perHour })
      return EXIT.done
    }
    terminal.out(terminal.dim(path))
    for (const row of alignColumns(config.channels.map(({ name, kind }) => [name, kind]))) terminal.out(row)
    if (config.rules.length === 0) terminal.out('no rules: no messages will be sent')
    for (const row of alignColumns(config.rules.map((rule) => cellsOf(rule, config)))) terminal.out(row)
    return EXIT.done
  },
})

function cellsOf(rule: NotifyRule, config: NotifyConfig): readonly string[] {
  const { what, timing, to } = describeNotifyRule(rule, config)
  return [rule.id, rule.level, what, timing, to]
}
