/** A file that goes with a post. */
export interface PostFile {
  /** A plain file name, with its ending. */
  readonly name: string
  /** Text, or the bytes of a PNG. */
  readonly content: string | Uint8Array
  /** A description, for people who cannot see the picture. */
  readonly about: string
}

/** Something that people read. The text is plain: each channel escapes it for itself. */
export interface Post {
  readonly kind: 'message' | 'summary' | 'triage' | 'event' | 'question'
  readonly text: string
  /** The trial that it is about: a channel may have a thread for it. */
  readonly trial?: number
  /** The proposal that waits for an answer: a channel may show buttons. */
  readonly proposal?: string
  readonly file?: PostFile
  /** A picture for the thread of the trial. Channels without threads leave it out. */
  readonly threadFile?: PostFile
}

/** Where posts go. It never throws: a channel that does not answer is noted in the log. */
export type Poster = (post: Post) => Promise<void>

/** A post in which secrets are removed. */
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
