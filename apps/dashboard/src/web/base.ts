/** The path under which this page is served: `/`, or the path that a proxy uses. It begins and ends with a slash. */
export const basePath: string = new URL(document.baseURI).pathname

/** Returns the address of a page of this server, such as `/run/exp-001`. */
export function pagePath(path: string): string {
  return basePath + path.replace(/^\//, '')
}
