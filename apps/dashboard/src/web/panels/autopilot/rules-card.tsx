import { describeRuleState, firingsText } from '@hotcb/autopilot'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { AutopilotDocument, DryRunAnswer, RuleRow } from '../../../shared/autopilot.ts'
import { runPath, send } from '../../api.ts'
import { isViewer, ownReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import { DryRunButton } from './dry-run-button.tsx'
import { RuleEditor } from './rule-editor.tsx'

/** Shows the rules in effect: the state of each, a dry run, and an editor for their files. */
export function RulesCard({ now }: { readonly now: AutopilotDocument }): JSX.Element {
  const run = useRun()
  const [isEditing, setEditing] = useState(false)
  const [tried, setTried] = useState<DryRunAnswer | undefined>(undefined)
  return (
    <section class="card panel" aria-label="Rules">
      <header>
        <h2>Rules</h2>
        <span class="spacer" />
        {!isViewer() && <DryRunButton draft={undefined} onAnswer={setTried} />}
        {!isViewer() && (
          <button
            type="button"
            class="button small"
            aria-expanded={isEditing}
            disabled={ownReason(run) !== undefined}
            title={ownReason(run)}
            onClick={() => setEditing(!isEditing)}
          >
            {isEditing ? 'Close the editor' : 'Edit'}
          </button>
        )}
      </header>
      {isEditing && <RuleEditor onClose={() => setEditing(false)} />}
      {tried !== undefined && !tried.isWhole && (
        <p class="notice warn">The time limit was reached at step {tried.lastStep}: later steps were not checked.</p>
      )}
      {now.rules.length > 0 && <RulesTable rules={now.rules} tried={tried} />}
    </section>
  )
}

function RulesTable(props: {
  readonly rules: readonly RuleRow[]
  readonly tried: DryRunAnswer | undefined
}): JSX.Element {
  const { rules, tried } = props
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
    <div class="scroll-x" role="region" aria-label="Table of rules" tabIndex={0}>
      <table class="plain stacked">
        <thead>
          <tr>
            <th>Rule</th>
            <th>Checks</th>
            <th>State</th>
            {tried !== undefined && <th>In the records so far</th>}
            {!isViewer() && (
              <th>
                <span class="visually-hidden">Switch</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rules.map((rule) => (
            <RuleLine key={rule.id} rule={rule} tried={tried} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function RuleLine({ rule, tried }: { readonly rule: RuleRow; readonly tried: DryRunAnswer | undefined }): JSX.Element {
  const { id, description, when, metric, confidence, place, standing } = rule
  const found = tried?.rules.find((one) => one.rule === id)
  return (
    <tr data-rule={id}>
      <td>
        <b>{id}</b>
        <br />
        <span class="muted small-text">{description === '' ? (place ?? 'built in') : description}</span>
      </td>
      <td>
        <span class="mono">{when}</span>
        <br />
        <span class="muted small-text">
          {metric === null && !/[^\w ]/.test(when) ? 'the key metric; ' : ''}confidence {confidence}
        </span>
      </td>
      <td>{describeRuleState(standing)}</td>
      {tried !== undefined && (
        <td>
          {found === undefined ? <span class="muted">–</span> : firingsText(found.steps, found.count)}
          {found?.because != null && (
            <>
              <br />
              <span class="muted small-text">{found.because}</span>
            </>
          )}
        </td>
      )}
      {!isViewer() && (
        <td>
          <RuleSwitch rule={rule} />
        </td>
      )}
    </tr>
  )
}

function RuleSwitch({ rule: { id, enabled } }: { readonly rule: RuleRow }): JSX.Element {
  const run = useRun()
  const barred = ownReason(run)
  const turn = (): void => {
    void run.answers.act(`${enabled ? 'disable' : 'enable'} rule ${id}`, async () => {
      await send(runPath(run.id, `autopilot/rules/${encodeURIComponent(id)}`), { enabled: !enabled }, 'PUT')
      return 'written to hotcb.autopilot.yaml'
    })
  }
  return (
    <button
      type="button"
      class="button small"
      aria-label={`${enabled ? 'Disable' : 'Enable'} ${id}`}
      disabled={barred !== undefined}
      title={barred}
      onClick={turn}
    >
      {enabled ? 'Disable' : 'Enable'}
    </button>
  )
}
