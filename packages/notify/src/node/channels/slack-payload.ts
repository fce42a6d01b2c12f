import type { AnswerVerdict } from '../../button.ts'
import { escapeSlack, withoutMentions } from '../../text/escape.ts'
import { bodyOf, markedTitle } from '../../text/lines.ts'
import type { NotifyMessage } from '../../types.ts'

const LONGEST_HEADER = 150

/** The Slack payload: plain text in blocks without markup, and an escaped copy for notifications. */
export interface SlackPayload {
  readonly text: string
  readonly blocks: readonly object[]
  readonly unfurl_links: false
  readonly unfurl_media: false
}

/** @param note The outcome of a question, when its message is edited. */
export function slackPayload(
  message: NotifyMessage,
  buttons: Readonly<Record<AnswerVerdict, string>> | null,
  note?: string,
): SlackPayload {
  const title = markedTitle(message)
  const body = note ?? bodyOf(message, buttons !== null)
  const plain = (text: string): object => ({ type: 'plain_text', text: withoutMentions(text) || ' ', emoji: false })
  const blocks: object[] = [
    { type: 'header', text: plain(title.slice(0, LONGEST_HEADER)) },
    { type: 'section', text: plain(note === undefined ? body : `${message.text} — ${note}`) },
  ]
  if (buttons !== null)
    blocks.push({ type: 'actions', elements: [button('approve', buttons), button('reject', buttons)] })
  return { text: escapeSlack(`${title}: ${body}`), blocks, unfurl_links: false, unfurl_media: false }
}

function button(verdict: AnswerVerdict, buttons: Readonly<Record<AnswerVerdict, string>>): object {
  const isApproval = verdict === 'approve'
  return {
    type: 'button',
    text: { type: 'plain_text', text: isApproval ? 'Approve' : 'Reject' },
    style: isApproval ? 'primary' : 'danger',
    value: buttons[verdict],
    action_id: verdict,
  }
}
