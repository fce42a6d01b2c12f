/** Unescapes a part of a link; returns the part unchanged if it was cut off in the middle of an escape. */
export function unescaped(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
