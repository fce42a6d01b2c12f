import { answer, type CommandAnswer, lines } from '../../answers/answer.ts'
import { byName, facts, object, text } from '../../answers/shapes.ts'

/** `cb list`, `ctl list`: keyed by ID or path. */
export const reportedAnswer: CommandAnswer = answer(1, byName(facts))

export const cbLogsAnswer: CommandAnswer = lines(1, { 'each line': object({ time: text, id: text, text }) })
