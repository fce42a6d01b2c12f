import {
  type At,
  type Command,
  type Expires,
  formatLine,
  type Json,
  messageOf,
  ok,
  type Result,
  readCommand,
  refused,
} from '@hotcb/protocol'

/** When and under which conditions to apply a command. */
export interface DraftConditions {
  readonly at?: At
  readonly expires?: Expires
  readonly expect?: Readonly<Record<string, Json>>
}

/**
 * A command before it is written. The sender adds time, source and, if it is absent, a `cid`. Null counts as absent.
 *
 * A draft with a `cid` can safely be sent twice: the kernel decides only the first command with that `cid`.
 */
export interface Draft extends Partial<Omit<Command, 'ts' | 'module' | 'op'>> {
  readonly module: string
  readonly op: string
}

/** The sender of commands. */
export interface Sender {
  /** The program, such as `cli`, `dashboard` or `api`. */
  readonly source: string
  /** The person, if known. */
  readonly author?: string | undefined
}

/** Commands ready to be appended. */
export interface PreparedCommands {
  /** One for each draft, in order. */
  readonly cids: readonly string[]
  /** Complete lines. */
  readonly text: string
}

/** Whether a draft has conditions; other kernels do not support them. */
export function hasConditions({ at, expires, expect }: Draft | DraftConditions): boolean {
  return (at ?? expires ?? expect ?? undefined) !== undefined
}

/**
 * Formats drafts as lines for a command file. All of them are validated against the protocol first.
 *
 * @param createId Returns a new `cid` at each call.
 * @returns The lines, or one line that states which draft is not a valid command, and why.
 */
export function writeDrafts(
  drafts: readonly Draft[],
  { source, author }: Sender,
  { nowMs, createId }: { readonly nowMs: number; readonly createId: () => string },
): Result<PreparedCommands> {
  const cids: string[] = []
  let text = ''
  for (const [i, draft] of drafts.entries()) {
    const cid = draft.cid ?? createId()
    const line = { cid, ts: nowMs / 1000, source, author, ...withoutEmpty(draft) }
    const read = readCommand(line)
    if (!read.ok) return refused(`command ${i + 1}: ${read.reason}`)
    try {
      text += formatLine(line)
    } catch (error) {
      return refused(`command ${i + 1}: ${messageOf(error)}`)
    }
    cids.push(cid)
  }
  return ok({ cids, text })
}

function withoutEmpty(draft: Draft): object {
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== null && value !== undefined))
}
