import { printable } from '@hotcb/protocol'

// A word joiner after `@`. It is invisible and prevents chats from interpreting the word as the name of a person or a group.
const WORD_JOINER = '\u2060'

const MENTION = new RegExp(`@(?!${WORD_JOINER})`, 'g')

/** Removes mentions from text. Text without mentions is not changed. */
export function withoutMentions(text: string): string {
  return printable(text).replace(MENTION, `@${WORD_JOINER}`)
}

/** Escapes text for HTML, such as Telegram's. */
export function escapeHtml(text: string): string {
  return withoutMentions(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Escapes text for Slack's own markup: `<!channel>`, links and users are all written in angle brackets. */
export function escapeSlack(text: string): string {
  return escapeHtml(text)
}

/** Escapes text for Discord's Markdown: every character that can begin markup is escaped. */
export function escapeMarkdown(text: string): string {
  return withoutMentions(text).replace(/[\\`*_~|<>[\]()#+\-!:.]/g, (one) => `\\${one}`)
}

/** Escapes text for a desktop notification, whose body supports a small part of HTML. */
export function escapeBody(text: string): string {
  return printable(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
