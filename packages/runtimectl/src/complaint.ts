/** Reports a problem when it begins, and not again while it lasts; null means no problem. */
export function onChange(note: (message: string) => void): (trouble: string | null) => void {
  let last: string | null = null
  return (trouble) => {
    if (trouble !== null && trouble !== last) note(trouble)
    last = trouble
  }
}
