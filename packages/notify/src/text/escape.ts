import { printable } from '@hotcb/protocol'

// A word joiner after `@`: it shows nothing, and no chat takes the word for the name of a person or a group.
const WORD_JOINER = '\u2060'

const MENTION = new RegExp(`@(?!${WORD_JOINER})`, 'g')

/** Text without mentions. What has none stays as it is. */
export function withoutMentions(text: string): string {
  return printable(text).replace(MENTION, `@${WORD_JOINER}`)
}

/** Text for HTML, such as Telegram's. */
export function escapeHtml(text: string): string {
  return withoutMentions(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Text for Slack's own markup: `<!channel>`, links and users are all written in angle brackets. */
export function escapeSlack(text: string): string {
  return escapeHtml(text)
}

/** Text for Discord's Markdown: every character that can begin markup is quoted. */
export function escapeMarkdown(text: string): string {
  return withoutMentions(text).replace(/[\\`*_~|<>[\]()#+\-!:.]/g, (one) => `\\${one}`)
}

/** Text for a notification of the desktop, whose body is a small part of HTML. */
export function escapeBody(text: string): string {
  return printable(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
