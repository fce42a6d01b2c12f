import type { ExplainedChange, ExplainedLine, Explanation } from '../commands/agents/explain-run.ts'
import type { MetricProblem } from '../commands/agents/find-problems.ts'
import { showFigure } from './figures.ts'
import { describeTrainer } from './status-text.ts'
import { alignColumns } from './table.ts'
import type { Terminal } from './terminal.ts'

/** Formats an explanation as one page of text. */
export function renderExplanation(explanation: Explanation, terminal: Terminal): readonly string[] {
  const { status, key_metric: key, metrics, more_metrics: more, problems, rollback, changes, refused } = explanation
  const { bold, dim, red, yellow } = terminal
  const controls = status.controls.map(({ param_key: name, current }) => `${name} ${showFigure(current)}`)
  const lines = [
    bold(status.run_dir),
    `  ${describeTrainer(status.trainer, terminal)}`,
    ...(status.freeze.mode === 'off' ? [] : [`  frozen: ${status.freeze.mode}`]),
    ...(controls.length === 0 ? [] : [`  controls now: ${controls.join(', ')}`]),
    ...status.warnings.map((warning) => `  ${yellow('warning')}  ${warning}`),
  ]
  const rows = metrics.map(({ name, course }) => [name === key ? bold(name) : name, course])
  const hidden = more === 0 ? [] : [dim(`and ${more} more; see their latest values with \`hotcb status\``)]
  const sections: [string, readonly string[]][] = [
    ['problems', [...alignColumns(problems.map((one) => problemRow(one, red))), ...rollbackLine(rollback)]],
    ['metrics', [...alignColumns(rows), ...hidden]],
    [`changes and their effect on ${key ?? 'no metric'}`, alignColumns(changes.map((one) => changeRow(one, terminal)))],
    ['refused', alignColumns(refused.map((one) => lineRow(one)))],
  ]
  for (const [title, body] of sections) {
    lines.push('', bold(title), ...(body.length === 0 ? ['  none'] : body.map((line) => `  ${line}`)))
  }
  return lines
}

function problemRow({ metric, kind, because, last_good_step: step }: MetricProblem, red: Terminal['red']): string[] {
  return [metric, red(kind.replace('_', ' ')), `${because}${step === null ? '' : `; the last good step was ${step}`}`]
}

function rollbackLine(rollback: Explanation['rollback']): readonly string[] {
  if (rollback === null) return []
  const { tag, step } = rollback
  return [
    `the latest checkpoint before that: ${tag}, at step ${step}; go back to it with \`hotcb checkpoint load ${tag}\``,
  ]
}

function lineRow({ seq, step, who, what, decision, why }: ExplainedLine): string[] {
  return [`${seq}`, step === null ? '' : `step ${step}`, who, what, decision === 'applied' ? '' : decision, why]
}

function changeRow(change: ExplainedChange, terminal: Terminal): string[] {
  const [seq = '', step = '', who = '', what = '', , why = ''] = lineRow(change)
  return [seq, step, who, what, changeEffect(change, terminal), why]
}

function changeEffect({ effect, undone_by: undoneBy, what }: ExplainedChange, terminal: Terminal): string {
  if (undoneBy !== null) return terminal.dim(`undone by ${undoneBy}`)
  return what.startsWith('checkpoint load') ? '' : effectText(effect, terminal)
}

function effectText(effect: ExplainedChange['effect'], { green, red, dim }: Terminal): string {
  if (effect === null) return dim('too few values to judge')
  const { verdict, shift, low, high } = effect
  const text = `${verdict}: ${showFigure(shift)} (${showFigure(low)} to ${showFigure(high)})`
  return verdict === 'better' ? green(text) : verdict === 'worse' ? red(text) : text
}
