import { conditionText, describeRuleState, type Rule, ruleStates, withRule } from '@hotcb/autopilot'
import {
  CONFIG_FILE,
  editConfig,
  loadRules,
  readAutopilotConfigFile,
  readAutopilotHistory,
  readRules,
} from '@hotcb/autopilot/node'
import { refusal, usageError } from '@hotcb/commands'
import { didYouMean, printable } from '@hotcb/protocol'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { alignColumns } from '../../print/table.ts'
import { openRun } from '../../run.ts'
import { readAction } from './options.ts'

const ACTIONS = ['check', 'enable', 'disable'] as const

/** `hotcb autopilot rules [check FILE | enable ID | disable ID]`. */
export const autopilotRulesCommand: CliCommand = cliCommand({
  args: {
    action: {
      type: 'positional',
      required: false,
      valueHint: 'ACTION',
      options: ACTIONS,
      meanings: { check: 'a rules file', enable: 'a rule in this run', disable: 'a rule in this run' },
      description: '`check FILE`, `enable ID` or `disable ID`. Default: list the rules.',
    },
    target: { type: 'positional', required: false, valueHint: 'FILE|ID', description: 'The file, or the rule.' },
  },
  about: [
    "Lists the rules named in the run's config, or else the built-in ones. `check` reports the first mistake in a file, with its line and column, and does not need a run. `enable` and `disable` change `hotcb.autopilot.yaml`, which a running autopilot reloads.",
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 autopilot rules', does: 'list the rules of a run' },
    { type: 'hotcb autopilot rules check mine.yaml', does: 'check a rule file' },
    { type: 'hotcb autopilot rules disable plateau_lr_reduce', does: 'switch a rule off' },
  ],
  run({ action: typed, target }, context) {
    if (typed === undefined) return list(context)
    const action = readAction(typed, ACTIONS)
    if (target === undefined || target === '') {
      throw usageError(`\`rules ${action}\` needs ${action === 'check' ? 'a file' : 'a rule ID'}`)
    }
    return action === 'check' ? check(target, context) : switchRule(target, action === 'enable', context)
  },
})

function list({ dir, json, terminal }: CliContext): ExitCode {
  const run = openRun(dir)
  const { rules: files, disabled } = readAutopilotConfigFile({ dir })
  const isOn = (rule: Rule): boolean => rule.enabled && !disabled.includes(rule.id)
  const rules = loadRules({ dir }, files).rules.map((rule) => ({ ...rule, enabled: isOn(rule) }))
  const states = ruleStates(rules, readAutopilotHistory(run).actions, run.readState().state?.step ?? null)
  if (json)
    terminal.json({
      rules: rules.map((rule, i) => ({ ...rule, program: rule.program?.text ?? null, standing: states[i] ?? null })),
    })
  else {
    const rows = rules.map((rule, i) => [
      rule.enabled ? terminal.bold(rule.id) : terminal.dim(rule.id),
      rule.enabled ? 'on' : terminal.yellow('off'),
      printable(conditionText(rule)),
      rule.confidence,
      terminal.dim(printable(rule.place ?? 'built in')),
      states[i] === undefined || !rule.enabled ? '' : printable(describeRuleState(states[i])),
    ])
    for (const row of alignColumns(rows)) terminal.out(row)
  }
  return EXIT.done
}

function check(file: string, { json, terminal }: CliContext): ExitCode {
  const { rules } = readRules(file)
  if (json) terminal.json({ file, rules: rules.map(({ id }) => id) })
  else terminal.out(`${printable(file)}: ${rules.length === 1 ? '1 rule' : `${rules.length} rules`}, no mistakes`)
  return EXIT.done
}

function switchRule(id: string, isEnabled: boolean, { dir, json, terminal }: CliContext): ExitCode {
  openRun(dir)
  const { rules } = loadRules({ dir }, readAutopilotConfigFile({ dir }).rules)
  const ids = rules.map((rule) => rule.id)
  const rule = rules.find((one) => one.id === id)
  if (rule === undefined)
    throw refusal(printable(`no rule \`${id}\`: ${didYouMean(id, ids, `choose from ${ids.join(', ')}`)}`))
  if (isEnabled && !rule.enabled) {
    throw refusal(
      `\`${id}\` is disabled in its definition and can only be enabled there: ${printable(rule.place ?? 'it is built in')}`,
    )
  }
  editConfig({ dir }, (text) => withRule(text, id, isEnabled))
  if (json) terminal.json({ rule: id, enabled: isEnabled, file: CONFIG_FILE })
  else terminal.out(`${id} is ${isEnabled ? 'on' : 'off'}, written to ${CONFIG_FILE}`)
  return EXIT.done
}
