import type { ControlDescription, LedgerLine } from '@hotcb/protocol'
import { messageOf } from '@hotcb/protocol'
import type { ReadonlySignal } from '@preact/signals'
import type { Change } from '../../shared/describe.ts'
import type { CommandDraft, FreezeDraft } from '../../shared/draft.ts'
import type { CommandsAccepted } from '../../shared/wire.ts'
import type { Author } from '../author/author-name.ts'
import { type Answer, type AnswerAction, answerOfLine, isNews } from './answer.ts'
import { type AnswerList, type AnswerPart, createAnswerList } from './answer-list.ts'
import { createDecisions, type Decisions } from './decisions.ts'

/** The functions of the page that the log calls. */
export interface AnswerPorts {
  /** Returns the text of a change. */
  describe(change: Change): string
  /** Returns the author for the ledger, or undefined if the person cancelled. */
  author(): Promise<Author | undefined>
  /** @throws ApiError if the server rejects them. */
  commands(drafts: readonly CommandDraft[]): Promise<CommandsAccepted>
  /** @throws ApiError if the server rejects it. */
  freeze(draft: FreezeDraft): Promise<{ readonly notes: readonly string[] }>
  nowMs(): number
}

/** Sends the page's requests, and shows the results of these and of other people's commands. */
export interface AnswerLog {
  /** Newest first. */
  readonly answers: ReadonlySignal<readonly Answer[]>
  /** Ids of the answers that are shown as toasts, newest last. */
  readonly toasts: ReadonlySignal<readonly string[]>
  /** Sends commands together. Resolves to false if nothing was sent; a toast then shows the reason. */
  send(drafts: readonly CommandDraft[]): Promise<boolean>
  /** Writes the freeze document. Resolves to false if nothing was written; a toast then shows the reason. */
  freeze(draft: FreezeDraft): Promise<boolean>
  /** Performs another kind of request and shows its result in the same place. `task` returns the text of the result. */
  act(text: string, task: (author: string | null) => Promise<string>): Promise<boolean>
  /** Shows a message that the page itself creates. */
  tell(text: string, options?: { readonly says?: string; readonly action?: AnswerAction }): void
  dismiss(id: string): void
  /** Adds the existing ledger lines when the page is opened. They show no toasts. */
  seed(lines: readonly LedgerLine[]): void
  /** Adds new ledger lines. */
  take(lines: readonly LedgerLine[]): void
  /** Receives the controls from the kernel. If the kernel has seen a requested value in the trainer, its answer becomes verified. */
  takeControls(controls: readonly ControlDescription[]): void
}

/** How many ledger lines become answers when the page is opened. */
const SEEDED = 30
/** If more lines from other people arrive together than this, one toast summarizes them. */
const TOASTS_AT_ONCE = 3

export function createAnswerLog(ports: AnswerPorts): AnswerLog {
  const list = createAnswerList(ports.nowMs)
  const decisions = createDecisions(list, ports.describe)
  const ask = asker(list, ports)
  return {
    answers: list.answers,
    toasts: list.toasts,
    dismiss: list.dismiss,
    send: (drafts) =>
      ask(
        drafts.map((draft) => partOf(draft, ports)),
        (author) => ports.commands(drafts.map((draft) => (author === null ? draft : { ...draft, author }))),
        (ids, accepted) => accept(ids, accepted, list, decisions),
      ),
    freeze: (draft) =>
      ask(
        [{ text: freezeText(draft.mode), freezes: draft.mode }],
        (author) => ports.freeze(author === null ? draft : { ...draft, author }),
        (ids, { notes }) =>
          list.change(new Set(ids), (answer) => ({ ...answer, phase: 'written', says: notes.join('; ') })),
      ),
    act: (text, task) =>
      ask([{ text }], task, (ids, says) => list.change(new Set(ids), (answer) => ({ ...answer, phase: 'told', says }))),
    tell(text, { says = '', action } = {}) {
      list.add({ text, says, phase: 'told', ...(action !== undefined && { action }) })
    },
    seed(lines) {
      const known = new Set(list.answers.value.map(({ id }) => id))
      const told = decisions.settle(lines).slice(-SEEDED)
      const fresh = told.flatMap((line) => answerOfLine(line, ports.describe(line)) ?? [])
      const all = [...list.answers.value, ...fresh.filter(({ id }) => !known.has(id))]
      list.put(all.sort((a, b) => b.atMs - a.atMs))
    },
    take(lines) {
      const rest = decisions.settle(lines).flatMap((line) => answerOfLine(line, ports.describe(line)) ?? [])
      if (rest.length === 0) return
      list.put([...rest.toReversed(), ...list.answers.value])
      const news = rest.filter(isNews)
      if (news.length <= TOASTS_AT_ONCE) for (const { id } of news) list.show(id)
      else list.add({ text: `results of ${news.length} commands`, says: whoOf(news), phase: 'told', isMine: false })
    },
    takeControls: (controls) => verify(controls, list),
  }
}

type Ask = <Reply>(
  parts: readonly AnswerPart[],
  task: (author: string | null) => Promise<Reply>,
  onReply: (ids: readonly string[], reply: Reply) => void,
) => Promise<boolean>

/** Runs a task under the person's name, with one answer per part. */
function asker({ add, change }: AnswerList, { author }: AnswerPorts): Ask {
  return async (parts, task, onReply) => {
    const by = await author()
    if (by === undefined) return false
    const ids = parts.map((part) => add({ phase: 'sending', who: by.name, ...part }))
    try {
      onReply(ids, await task(by.sent))
      return true
    } catch (error) {
      change(new Set(ids), (answer) => ({ ...answer, phase: 'refused', says: messageOf(error) }))
      return false
    }
  }
}

function accept(
  ids: readonly string[],
  { cids, notes }: CommandsAccepted,
  { answers, put, change }: AnswerList,
  decisions: Decisions,
): void {
  const own = new Set(cids)
  // If the line arrived before this reply, it was mistaken for another person's command.
  put(answers.value.filter((answer) => answer.isMine || answer.cid === null || !own.has(answer.cid)))
  change(new Set(ids), (answer) => {
    const cid = cids[ids.indexOf(answer.id)] ?? null
    const sent: Answer = { ...answer, phase: 'sent', cid, says: notes.join('; ') }
    const line = cid === null ? undefined : decisions.find(cid)
    return line === undefined ? sent : decisions.decided(sent, line)
  })
}

function verify(controls: readonly ControlDescription[], { answers, put }: AnswerList): void {
  const states = new Map(controls.map((control) => [control.param_key, control.state]))
  const isDone = ({ line, isVerified, keys }: Answer): boolean =>
    line?.decision === 'applied' &&
    !isVerified &&
    keys.length > 0 &&
    keys.every((key) => states.get(key) === 'verified')
  if (!answers.value.some(isDone)) return
  put(answers.value.map((answer) => (isDone(answer) ? { ...answer, isVerified: true } : answer)))
}

function freezeText(mode: unknown): string {
  return `freeze ${mode}`
}

function partOf(draft: CommandDraft, { describe }: AnswerPorts): AnswerPart {
  const { params, expect, at } = draft
  const keys = draft.op === 'set_params' ? Object.keys(params ?? {}) : []
  const text = describe({ ...draft, id: draft.id ?? 'main', params: params ?? null, old: expect ?? null })
  return { text, keys, at: at?.step ?? null }
}

function whoOf(answers: readonly Answer[]): string {
  const counts = new Map<string, number>()
  for (const { who } of answers) counts.set(who, (counts.get(who) ?? 0) + 1)
  return [...counts].map(([who, count]) => `${count} by ${who}`).join(', ')
}
