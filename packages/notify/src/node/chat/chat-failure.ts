/** A failed chat request. The message is one line without secrets. */
export class ChatFailure extends Error {
  override readonly name = 'ChatFailure'

  /** The error code of the chat's API, such as `message_not_found` or `10008`; null if there is none. */
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
  /** A description for people who cannot see it, as plain text. */
  readonly about: string
}
