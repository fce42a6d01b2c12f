/** The text of a part of a link; the part itself if it was cut in the middle of an escape. */
export function unescaped(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
