import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { ShownAlertRule } from '../../../shared/alerts.ts'
import { runPath, send } from '../../api.ts'
import { isViewer, roleReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import { useStream } from '../panel.ts'
import { AlertRuleForm } from './alert-rule-form.tsx'

/** Shows the rules whose alerts the page shows: the built-in and configured ones, and those that people wrote here. */
export function AlertRulesCard(): JSX.Element {
  const { now } = useStream('alerts')
  const [isAdding, setAdding] = useState(false)
  const run = useRun()
  const barred = roleReason(run.detail.value)
  const rules = now.value?.rules ?? []
  return (
    <section class="card panel" aria-label="Alert rules">
      <header>
        <h2>What causes an alert</h2>
        <span class="spacer" />
        {!isViewer() && (
          <button
            type="button"
            class="button small"
            aria-expanded={isAdding}
            disabled={barred !== undefined}
            title={barred}
            onClick={() => setAdding(!isAdding)}
          >
            {isAdding ? 'Cancel' : 'Add a rule'}
          </button>
        )}
      </header>
      {isAdding && <AlertRuleForm rules={rules} onSaved={() => setAdding(false)} />}
      <ul class="alert-list">
        {rules.map((rule) => (
          <RuleLine key={rule.id} rule={rule} />
        ))}
      </ul>
      <p class="muted small-text footnote">
        The rules in <code>hotcb.notify.yaml</code> with the level warning or critical cause alerts too, and send
        messages.
      </p>
    </section>
  )
}

function RuleLine({ rule: { id, what, level, own } }: { readonly rule: ShownAlertRule }): JSX.Element {
  const run = useRun()
  const remove = (version: number): void => {
    void run.answers.act(`delete the rule ${id}`, async () => {
      await send(runPath(run.id, 'alerts/rules'), { id, version }, 'DELETE')
      return 'it no longer causes alerts'
    })
  }
  return (
    <li data-rule={id}>
      <span>
        <span class={`badge bare ${level === 'critical' ? 'bad' : level === 'warning' ? 'warn' : ''}`}>{level}</span>
      </span>
      <div>
        <p>
          <b>{own === null ? (BUILT_IN[what.split(' ')[0] ?? ''] ?? what) : id}</b>
        </p>
        <p class="muted small-text">
          {own === null ? 'for every run' : <code>{what}</code>}
          {own?.author != null && ` · by ${own.author}`}
        </p>
      </div>
      {own !== null && !isViewer() && (
        <button type="button" class="button small" aria-label={`Delete ${id}`} onClick={() => remove(own.version)}>
          Delete
        </button>
      )}
    </li>
  )
}

const BUILT_IN: Readonly<Record<string, string>> = {
  nan: 'A metric is not finite',
  lost: 'The trainer shows no sign of life for a minute',
  silent: 'The trainer reports no metrics for a minute and 20 steps',
  plateau: 'The key metric no longer improves',
}
