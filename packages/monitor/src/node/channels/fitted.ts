import type { ChatFile } from '@hotcb/notify/node'
import type { Post, PostFile } from '../post.ts'

/** A post as a chat takes it: a text that fits into one message, and the files that hold the rest. */
export interface FittedPost {
  /** With the markup of the chat escaped. */
  readonly text: string
  readonly files: readonly ChatFile[]
}

/** How a chat formats a text, and the size limit of a message. */
export interface Room {
  /** Line by line: line ends stay. */
  readonly quoted: (text: string) => string
  readonly longest: number
}

/** A short table is a part of the message. A long one, a picture, and a text that is too long are files. */
export function fitted({ text, file }: Pick<Post, 'text' | 'file'>, room: Room): FittedPost {
  if (file !== undefined && typeof file.content === 'string') {
    const whole = `${text}\n${file.content}`
    if (fits(whole, room)) return { text: room.quoted(whole), files: [] }
  }
  const files = file === undefined ? [] : [chatFile(file)]
  if (fits(text, room)) return { text: room.quoted(text), files }
  const rest: PostFile = { name: 'message.txt', content: text, about: 'The whole message.' }
  return { text: beginning(text, room), files: [...files, chatFile(rest)] }
}

export function fits(text: string, { quoted, longest }: Room): boolean {
  return quoted(text).length <= longest
}

const MORE = '…'

/** As much of the beginning as there is room for: nothing that was escaped is cut apart. */
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
