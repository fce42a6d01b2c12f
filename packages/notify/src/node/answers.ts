import { type Authenticate, type ButtonPress, readButton } from '../button.ts'
import { type NotifyConfig, OPERATOR_KINDS } from '../types.ts'
import type { NotifyChannel, Pressed } from './channel.ts'

/** Passes an answer to the run that it concerns. */
export type TakePress = (press: ButtonPress, author: string) => Promise<string>

/** Receives button presses from all channels, checks who pressed them, and passes them to the run with the proposal. */
export interface Answers {
  readonly authenticate: Authenticate
  /** Whether anyone may answer in this channel. */
  isOpen(channel: NotifyChannel): boolean
  /** @returns the sentence for the person who pressed the button */
  press(channel: NotifyChannel, pressed: Pressed): Promise<string>
  register(tag: string, take: TakePress): void
  unregister(tag: string): void
}

export function createAnswers(operators: NotifyConfig['operators'], authenticate: Authenticate): Answers {
  const runs = new Map<string, TakePress>()
  const operatorsOf = ({ kind }: NotifyChannel): readonly string[] => {
    const known = OPERATOR_KINDS.find((one) => one === kind)
    return known === undefined ? [] : operators[known]
  }
  return {
    authenticate,
    isOpen: (channel) => channel.chat !== null && channel.listen !== undefined && operatorsOf(channel).length > 0,
    async press(channel, { data, chat, user }) {
      if (channel.chat === null || chat !== channel.chat) return 'Answers from this chat are not accepted.'
      if (!operatorsOf(channel).includes(user))
        return `You are not allowed to answer: user ${user} is not one of the operators.`
      const press = readButton(data, chat, authenticate)
      if (press === undefined)
        return 'This button was not created for this chat by the machine that is watching the run.'
      const take = runs.get(press.run)
      if (take === undefined) return "This message's run is not being watched right now."
      return take(press, `${channel.kind}:${user}`)
    },
    register: (tag, take) => void runs.set(tag, take),
    unregister: (tag) => void runs.delete(tag),
  }
}
