/** Something that people read. The text is plain: each channel escapes it for itself. */
export interface Post {
  readonly kind: 'message' | 'summary' | 'triage' | 'event' | 'question'
  readonly text: string
  /** The trial that it is about: a channel may have a thread for it. */
  readonly trial?: number
  /** The proposal that waits for an answer: a channel may show buttons. */
  readonly proposal?: string
  /** A file that goes with it. */
  readonly file?: { readonly name: string; readonly text: string }
}

/** Where posts go. It never throws: a channel that does not answer is noted in the log. */
export type Poster = (post: Post) => Promise<void>
