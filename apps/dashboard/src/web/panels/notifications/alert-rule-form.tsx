import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { AlertRuleDraft, ShownAlertRule } from '../../../shared/alerts.ts'
import { runPath, send } from '../../api.ts'
import { askAuthor } from '../../author/author.ts'
import { useRun } from '../../run/run-context.ts'

type Kind = 'gt' | 'lt' | 'plateau' | 'spike' | 'divergence' | 'overfitting' | 'stuck' | 'when'

type Level = 'warning' | 'critical'

/** A form for a new rule. The server checks it with the same code as `hotcb.notify.yaml`. */
export function AlertRuleForm(props: {
  readonly rules: readonly ShownAlertRule[]
  readonly onSaved: () => void
}): JSX.Element {
  const { rules, onSaved } = props
  const run = useRun()
  const [kind, setKind] = useState<Kind>('gt')
  const [metric, setMetric] = useState(run.detail.value?.row.key_metric?.name ?? '')
  const [value, setValue] = useState('')
  const [when, setWhen] = useState('')
  const [level, setLevel] = useState<Level>('warning')
  const isWhen = kind === 'when'
  const hasValue = kind === 'gt' || kind === 'lt'
  const isReady = isWhen ? when.trim() !== '' : metric.trim() !== '' && (!hasValue || value.trim() !== '')
  const save = async (event: Event): Promise<void> => {
    event.preventDefault()
    const author = await askAuthor()
    if (author === undefined) return
    const fields = isWhen ? { when } : { on: kind, metric: metric.trim(), ...(hasValue && { value: Number(value) }) }
    const id = nameOf(isWhen ? when : `${metric.trim()} ${WORDS[kind]}${hasValue ? ` ${value.trim()}` : ''}`, rules)
    const draft: AlertRuleDraft = { id, version: null, level, ...fields }
    await run.answers.act(`add the rule ${id}`, async () => {
      await send(runPath(run.id, 'alerts/rules'), { ...draft, author: author.sent }, 'PUT')
      onSaved()
      return 'it applies within seconds'
    })
  }
  return (
    <form class="alert-rule-form" aria-label="New rule" onSubmit={(event) => void save(event)}>
      <KindField kind={kind} onKind={setKind} />
      {isWhen ? (
        <label class="wide">
          Expression
          <input
            class="input mono"
            placeholder="val_loss > 1.2 * least(val_loss, 20)"
            value={when}
            onInput={(event) => setWhen(event.currentTarget.value)}
          />
        </label>
      ) : (
        <label>
          Metric
          <input class="input" value={metric} onInput={(event) => setMetric(event.currentTarget.value)} />
        </label>
      )}
      {hasValue && (
        <label>
          Value
          <input
            class="input"
            type="number"
            step="any"
            value={value}
            onInput={(event) => setValue(event.currentTarget.value)}
          />
        </label>
      )}
      <LevelField level={level} onLevel={setLevel} />
      <div class="actions wide">
        <button type="submit" class="button primary" disabled={!isReady}>
          Save the rule
        </button>
      </div>
    </form>
  )
}

function KindField(props: { readonly kind: Kind; readonly onKind: (kind: Kind) => void }): JSX.Element {
  const choose = (text: string): void => props.onKind(KINDS.find((kind) => kind === text) ?? 'gt')
  return (
    <label>
      When
      <select class="select" value={props.kind} onChange={(event) => choose(event.currentTarget.value)}>
        {KINDS.map((one) => (
          <option key={one} value={one}>
            {one === 'when' ? 'an expression is true' : `a metric ${WORDS[one]}`}
          </option>
        ))}
      </select>
    </label>
  )
}

function LevelField(props: { readonly level: Level; readonly onLevel: (level: Level) => void }): JSX.Element {
  const { level, onLevel } = props
  const choose = (text: string): void => onLevel(text === 'critical' ? 'critical' : 'warning')
  return (
    <label>
      Level
      <select class="select" value={level} onChange={(event) => choose(event.currentTarget.value)}>
        <option>warning</option>
        <option>critical</option>
      </select>
    </label>
  )
}

const WORDS: Readonly<Record<Kind, string>> = {
  gt: 'is above',
  lt: 'is below',
  plateau: 'no longer improves',
  spike: 'jumps',
  divergence: 'diverges',
  overfitting: 'overfits',
  stuck: 'has never improved',
  when: '',
}

const KINDS: readonly Kind[] = ['gt', 'lt', 'plateau', 'spike', 'divergence', 'overfitting', 'stuck', 'when']

/** Returns a name that no existing rule has. */
function nameOf(text: string, rules: readonly ShownAlertRule[]): string {
  const name = text.replace(/\s+/g, ' ').slice(0, LONGEST).trim()
  const taken = new Set(rules.map(({ id }) => id))
  for (let i = 2; ; i++) {
    const tried = taken.has(name) || i > 2 ? `${name} (${i})` : name
    if (!taken.has(tried)) return tried
  }
}

const LONGEST = 50
