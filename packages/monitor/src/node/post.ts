/** A file that is attached to a post. */
export interface PostFile {
  /** A plain file name with its extension. */
  readonly name: string
  /** Text, or the bytes of a PNG. */
  readonly content: string | Uint8Array
  /** A description, for people who cannot see the picture. */
  readonly about: string
}

/** A message for people. The text is plain; each channel escapes it. */
export interface Post {
  readonly kind: 'message' | 'summary' | 'triage' | 'event' | 'question'
  readonly text: string
  /** The trial that the message is about. A channel may have a thread for the trial. */
  readonly trial?: number
  /** The proposal that is waiting for an answer. A channel may show buttons for it. */
  readonly proposal?: string
  readonly file?: PostFile
  /** A picture for the trial's thread. Channels without threads leave it out. */
  readonly threadFile?: PostFile
}

/** Sends a post to all channels. It never throws: a channel that does not answer is reported in the log. */
export type Poster = (post: Post) => Promise<void>

/** Returns a post with secrets removed. */
export function scrubbedPost(post: Post, scrub: (text: string) => string): Post {
  const clean = ({ name, content, about }: PostFile): PostFile => ({
    name: scrub(name),
    content: typeof content === 'string' ? scrub(content) : content,
    about: scrub(about),
  })
  const { text, file, threadFile } = post
  return {
    ...post,
    text: scrub(text),
    ...(file !== undefined && { file: clean(file) }),
    ...(threadFile !== undefined && { threadFile: clean(threadFile) }),
  }
}
