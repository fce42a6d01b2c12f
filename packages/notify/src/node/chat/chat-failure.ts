/** A chat did not do what it was asked for; one line, without secrets. */
export class ChatFailure extends Error {
  override readonly name = 'ChatFailure'

  /** The word or number of the chat's API, such as `message_not_found` or `10008`; null without one. */
  readonly code: string | null

  constructor(message: string, code: string | null) {
    super(message)
    this.code = code
  }
}

/** A file for a chat. */
export interface ChatFile {
  /** A plain file name. */
  readonly name: string
  readonly bytes: Uint8Array
  /** Its media type. */
  readonly type: 'image/png' | 'text/plain' | 'text/tab-separated-values'
  /** What it shows, for people who cannot see it. Plain text. */
  readonly about: string
}
