import { showDuration } from './config/span.ts'
import type { Delivery } from './deliveries.ts'
import type { NotifyConfig, NotifyRule, QuietHours } from './types.ts'

/** The description of a rule: its subject, when it sends messages, and to which channels. */
export interface RuleDescription {
  readonly what: string
  readonly timing: string
  readonly to: string
}

/** Describes a rule in `hotcb.notify.yaml`. */
export function describeNotifyRule(rule: NotifyRule, { channels }: Pick<NotifyConfig, 'channels'>): RuleDescription {
  const { on, metric, value, window, when, hold, cooldown } = rule
  const words = [on, metric, value === null ? null : String(value), window === null ? null : `window ${window}`, when]
  const isHeld = 'steps' in hold ? hold.steps > 0 : hold.seconds > 0
  return {
    what: words.filter((word) => word !== null).join(' '),
    timing: `${isHeld ? `for ${showDuration(hold)}, ` : ''}again after ${showDuration(cooldown)}`,
    to: rule.channels.length === channels.length ? 'all channels' : rule.channels.join(', '),
  }
}

/**
 * Returns the number of tries for a message, and why it failed: ` after 3 tries (no route to host)`. Empty if the first try
 * succeeded.
 */
export function deliveryDetail({ state, tries, reason }: Pick<Delivery, 'state' | 'tries' | 'reason'>): string {
  const why = reason === null || state === 'sent' ? '' : ` (${reason})`
  return `${tries > 1 ? ` after ${tries} tries` : ''}${why}`
}

/** Describes quiet hours: `22:00 to 07:00 Europe/Berlin, except critical`. */
export function describeQuiet({ from, to, zone, except }: QuietHours): string {
  return `${clock(from)} to ${clock(to)} ${zone}${except.length === 0 ? '' : `, except ${except.join(', ')}`}`
}

function clock(minutes: number): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
