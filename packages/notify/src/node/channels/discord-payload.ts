import type { AnswerVerdict } from '../../button.ts'
import { escapeMarkdown } from '../../text/escape.ts'

const SUPPRESS_EMBEDS = 1 << 2
const LONGEST_CONTENT = 2000
// Component types and button styles in Discord's API.
const ACTION_ROW = 1
const BUTTON = 2
const STYLES: Readonly<Record<AnswerVerdict, number>> = { approve: 3, reject: 4 }

/** The text for Discord, with all markup escaped, and without mentions or link previews. */
export interface DiscordPayload {
  readonly content: string
  readonly allowed_mentions: { readonly parse: readonly [] }
  readonly flags: number
  readonly components: readonly object[]
}

export function discordPayload(
  { title, body }: { readonly title: string; readonly body: string },
  buttons: Readonly<Record<AnswerVerdict, string>> | null,
): DiscordPayload {
  return {
    content: `**${escapeMarkdown(title)}**\n${escapeMarkdown(body)}`.slice(0, LONGEST_CONTENT),
    allowed_mentions: { parse: [] },
    flags: SUPPRESS_EMBEDS,
    components: buttons === null ? [] : [{ type: ACTION_ROW, components: [button('approve'), button('reject')] }],
  }

  function button(verdict: AnswerVerdict): object {
    const label = verdict === 'approve' ? 'Approve' : 'Reject'
    return { type: BUTTON, style: STYLES[verdict], label, custom_id: buttons?.[verdict] ?? '' }
  }
}
