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

/** When, and under which conditions, to apply a command. */
export interface DraftConditions {
  readonly at?: At
  readonly expires?: Expires
  readonly expect?: Readonly<Record<string, Json>>
}

/**
 * A command before it is written: the sender adds time, source and, where it has none, a `cid`. Null counts as absent.
 *
 * A draft with a `cid` is one that may be sent twice: the kernel decides the first of them only.
 */
export interface Draft extends Partial<Omit<Command, 'ts' | 'module' | 'op'>> {
  readonly module: string
  readonly op: string
}

/** The sender of commands. */
export interface Sender {
  /** Such as `cli`, `dashboard`, `api`. */
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
 * Drafts as lines of a command file, all checked against the protocol before any is written.
 *
 * @param createId Returns a new `cid` at each call.
 * @returns One line that says which command is none, and why.
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
