import type { JSX } from 'preact'
import type { NotificationsDetail, NotificationTest } from '../../../shared/notifications.ts'
import { runPath, send } from '../../api.ts'
import { isViewer, ownReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'

/** The channels and rules in the config, with a button that sends a test message. */
export function ChannelsCard(props: {
  readonly detail: NotificationsDetail
  readonly onTested: () => void
}): JSX.Element {
  const { detail, onTested } = props
  const { configured, problems, channels, rules, quiet_text: quiet, per_hour: perHour } = detail
  return (
    <section class="card panel" aria-label="Channels and rules">
      <header>
        <h2>Channels and rules</h2>
      </header>
      {!configured && <NotConfigured />}
      {problems.map((problem) => (
        <p key={problem} class="notice bad" role="alert">
          {problem}
        </p>
      ))}
      {channels.length > 0 && (
        <ul class="channels">
          {channels.map(({ name, kind }) => (
            <li key={name} data-channel={name}>
              <b>{name}</b> <span class="muted">{kind}</span>
              {!isViewer() && <TestButton name={name} onTested={onTested} />}
            </li>
          ))}
        </ul>
      )}
      {rules.length > 0 && <RulesTable rules={rules} />}
      {configured && problems.length === 0 && (
        <p class="muted small-text footnote">
          {rules.length === 0 && 'No rules: no messages are sent. '}
          At most {perHour} messages per hour and channel. {quiet != null && `Quiet hours ${quiet}. `}
          Only the file's owner can read it; addresses and secrets are not shown here.
        </p>
      )}
    </section>
  )
}

function NotConfigured(): JSX.Element {
  return (
    <p class="muted">
      No notifications are configured for this run. Create <code>hotcb.notify.yaml</code> in the run directory, or{' '}
      <code>~/.config/hotcb/notify.yaml</code> for all your runs, readable only by you.
    </p>
  )
}

function TestButton({ name, onTested }: { readonly name: string; readonly onTested: () => void }): JSX.Element {
  const run = useRun()
  const barred = ownReason(run)
  const test = (): void => {
    void run.answers.act(`test message to ${name}`, async () => {
      const path = runPath(run.id, 'notifications/test')
      const { channels } = await send<NotificationTest>(path, { channels: [name] })
      const failed = channels.find(({ ok }) => !ok)
      onTested()
      if (failed !== undefined) throw new Error(failed.reason ?? 'the channel did not accept it')
      return 'sent'
    })
  }
  return (
    <button
      type="button"
      class="button small"
      aria-label={`Test ${name}`}
      disabled={barred !== undefined}
      title={barred}
      onClick={test}
    >
      Test
    </button>
  )
}

function RulesTable({ rules }: Pick<NotificationsDetail, 'rules'>): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
    <div class="scroll-x" role="region" aria-label="Notification rules" tabIndex={0}>
      <table class="plain stacked">
        <thead>
          <tr>
            <th>Rule</th>
            <th>Level</th>
            <th>When</th>
            <th>How often</th>
            <th>To</th>
          </tr>
        </thead>
        <tbody>
          {rules.map(({ id, level, what, timing, to }) => (
            <tr key={id}>
              <td>
                <b>{id}</b>
              </td>
              <td>
                <span class={`badge bare ${LOOKS[level]}`}>{level}</span>
              </td>
              <td class="mono">{what}</td>
              <td>{timing}</td>
              <td>{to}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const LOOKS = { info: '', warning: 'warn', critical: 'bad' } as const
