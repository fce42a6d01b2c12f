import { type Delivery, deliveryDetail } from '@hotcb/notify'
import type { JSX } from 'preact'
import { dateTime } from '../../parts/time.ts'

const SHOWN = 50

/** Shows the latest messages and their outcomes, newest first. */
export function DeliveriesCard({ deliveries }: { readonly deliveries: readonly Delivery[] }): JSX.Element {
  const shown = deliveries.slice(-SHOWN).toReversed()
  return (
    <section class="card panel" aria-label="Messages">
      <header>
        <h2>Messages</h2>
        {deliveries.length > SHOWN && <span class="muted">the latest {SHOWN}</span>}
      </header>
      {shown.length === 0 ? (
        <p class="muted">No messages have been sent.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
        <div class="scroll-x" role="region" aria-label="Table of messages" tabIndex={0}>
          <table class="plain stacked">
            <thead>
              <tr>
                <th>Time</th>
                <th>Channel</th>
                <th>State</th>
                <th>Message</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((delivery) => (
                <DeliveryRow key={`${delivery.channel} ${delivery.id}`} delivery={delivery} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function DeliveryRow({ delivery }: { readonly delivery: Delivery }): JSX.Element {
  const { id, ts, channel, state, message } = delivery
  return (
    <tr data-delivery={id}>
      <td class="nowrap muted">{dateTime(ts)}</td>
      <td>{channel}</td>
      <td>
        <span class={`badge bare ${LOOKS[state]}`}>{state}</span>
        <span class="muted">{deliveryDetail(delivery)}</span>
      </td>
      <td>
        {message?.title}
        <br />
        <span class="muted small-text">{message?.text}</span>
      </td>
    </tr>
  )
}

const LOOKS = { sent: 'good', due: 'accent', failed: 'bad', dropped: '' } as const
