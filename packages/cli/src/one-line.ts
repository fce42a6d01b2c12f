/**
 * What somebody else wrote (a note, an error, an author), fit for one line of a terminal: line ends and tabs become
 * spaces, and control characters, which could move the cursor or colour the rest, become `\uFFFD`.
 */
export function oneLine(text: string): string {
  return text.replace(/\s*[\r\n\t]\s*/g, ' ').replace(CONTROL_CHARACTERS, '\uFFFD')
}

const CONTROL_CHARACTERS = /\p{Cc}/gu
