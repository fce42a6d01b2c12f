/** A person's possible answers to a proposal. */
export type AnswerVerdict = 'approve' | 'reject'

/** A pressed button, as read from its hidden value. */
export interface ButtonPress {
  readonly run: string
  readonly action: string
  readonly verdict: AnswerVerdict
}

/** Returns the message authentication code of a string: at least 10 characters of `A-Z a-z 0-9 _ -`. */
export type Authenticate = (text: string) => string

const MAC_LENGTH = 10
const LETTER: Readonly<Record<AnswerVerdict, string>> = { approve: 'a', reject: 'r' }

/**
 * Returns the hidden value of a button: `hc1:<run>:<action>:<a|r>:<mac>`, at most 64 bytes. Only this machine can create it. It is valid
 * for one run, one proposal, one answer and one chat.
 */
export function buttonText({ run, action, verdict }: ButtonPress, chat: string, authenticate: Authenticate): string {
  const body = `hc1:${run}:${action}:${LETTER[verdict]}`
  return `${body}:${authenticate(`${body}:${chat}`).slice(0, MAC_LENGTH)}`
}

/** Reads the hidden value of a button that was pressed in a chat; undefined if this machine did not create it for that chat. */
export function readButton(text: string, chat: string, authenticate: Authenticate): ButtonPress | undefined {
  const [, run, action, letter] = /^hc1:([0-9a-f]{8}):([A-Za-z0-9-]{1,24}):([ar]):[A-Za-z0-9_-]{10}$/.exec(text) ?? []
  if (run === undefined || action === undefined) return undefined
  const press: ButtonPress = { run, action, verdict: letter === 'a' ? 'approve' : 'reject' }
  return isSame(buttonText(press, chat, authenticate), text) ? press : undefined
}

// Compares in constant time, so that an attacker cannot guess the code letter by letter.
function isSame(left: string, right: string): boolean {
  let difference = left.length ^ right.length
  for (let i = 0; i < left.length; i++) difference |= left.charCodeAt(i) ^ right.charCodeAt(i)
  return difference === 0
}
