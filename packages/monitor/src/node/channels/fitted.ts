import type { ChatFile } from '@hotcb/notify/node'
import type { Post, PostFile } from '../post.ts'

/** A post in the form that a chat accepts: text that fits into one message, and files for the rest. */
export interface FittedPost {
  /** The text with the chat's markup escaped. */
  readonly text: string
  readonly files: readonly ChatFile[]
}

/** How a chat formats text, and the maximum size of a message. */
export interface Room {
  /** Escapes text line by line; line breaks are kept. */
  readonly quoted: (text: string) => string
  readonly longest: number
}

/**
 * Fits a post into a message. A short table becomes part of the message. Long tables, pictures and overlong text become files.
 */
export function fitted({ text, file }: Pick<Post, 'text' | 'file'>, room: Room): FittedPost {
  if (file !== undefined && typeof file.content === 'string') {
    const whole = `${text}\n${file.content}`
    if (fits(whole, room)) return { text: room.quoted(whole), files: [] }
  }
  const files = file === undefined ? [] : [chatFile(file)]
  if (fits(text, room)) return { text: room.quoted(text), files }
  const rest: PostFile = { name: 'message.txt', content: text, about: 'The full message.' }
  return { text: beginning(text, room), files: [...files, chatFile(rest)] }
}

export function fits(text: string, { quoted, longest }: Room): boolean {
  return quoted(text).length <= longest
}

const MORE = '…'

/** Returns as much of the beginning as fits. Escape sequences are not split. */
function beginning(text: string, { quoted, longest }: Room): string {
  let shown = ''
  for (const one of text) {
    const next = quoted(one)
    if (shown.length + next.length + MORE.length > longest) break
    shown += next
  }
  return `${shown}${MORE}`
}

function chatFile({ name, content, about }: PostFile): ChatFile {
  if (typeof content !== 'string') return { name, bytes: content, type: 'image/png', about }
  const type = name.endsWith('.tsv') ? 'text/tab-separated-values' : 'text/plain'
  return { name, bytes: new TextEncoder().encode(content), type, about }
}
