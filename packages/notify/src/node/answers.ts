import { type Authenticate, type ButtonPress, readButton } from '../button.ts'
import { type NotifyConfig, OPERATOR_KINDS } from '../types.ts'
import type { NotifyChannel, Pressed } from './channel.ts'

/** Passes an answer to the run that it concerns. */
export type TakePress = (press: ButtonPress, author: string) => Promise<string>

/** Receives presses of buttons from all channels, checks who pressed, and passes them to the run that asked. */
export interface Answers {
  readonly authenticate: Authenticate
  /** Whether someone may answer in this channel. */
  isOpen(channel: NotifyChannel): boolean
  /** @returns the sentence for the person who pressed */
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
      if (channel.chat === null || chat !== channel.chat) return 'Answers are not taken from this chat.'
      if (!operatorsOf(channel).includes(user)) return `You may not answer: user ${user} is not one of the operators.`
      const press = readButton(data, chat, authenticate)
      if (press === undefined) return 'This button was not made for this chat by the machine that watches the run.'
      const take = runs.get(press.run)
      if (take === undefined) return 'The run of this message is not watched now.'
      return take(press, `${channel.kind}:${user}`)
    },
    register: (tag, take) => void runs.set(tag, take),
    unregister: (tag) => void runs.delete(tag),
  }
}
