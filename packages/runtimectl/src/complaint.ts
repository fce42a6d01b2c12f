/** Returns a function that reports a problem once, when it starts, and not again while it lasts. Null means that there is no problem. */
export function onChange(note: (message: string) => void): (trouble: string | null) => void {
  let last: string | null = null
  return (trouble) => {
    if (trouble !== null && trouble !== last) note(trouble)
    last = trouble
  }
}
