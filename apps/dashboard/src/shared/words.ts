/** One word of a command line, and where it stands in it. */
export interface Word {
  readonly text: string
  readonly start: number
  readonly end: number
}

/**
 * Splits a line into words: at white space, but not within quotes, brackets or braces. Quotes around a word or its value
 * are taken off; those within JSON stay.
 */
export function splitWords(line: string): Word[] {
  const words: Word[] = []
  for (let i = 0; i < line.length; ) {
    if (/\s/.test(line.charAt(i))) {
      i++
      continue
    }
    const start = i
    let text = ''
    let depth = 0
    let quote = ''
    for (; i < line.length; i++) {
      const c = line.charAt(i)
      if (quote === '' && depth === 0 && /\s/.test(c)) break
      if (quote !== '') {
        if (c === '\\' && depth > 0) text += c + line.charAt(++i)
        else if (c === quote) {
          quote = ''
          if (depth > 0) text += c
        } else text += c
      } else if (c === '"' || (c === "'" && depth === 0)) {
        quote = c
        if (depth > 0) text += c
      } else {
        if (c === '{' || c === '[') depth++
        if (c === '}' || c === ']') depth--
        text += c
      }
    }
    words.push({ text, start, end: i })
  }
  return words
}
