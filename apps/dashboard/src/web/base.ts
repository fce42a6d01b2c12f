/** Where this page is served: `/`, or the path under which a proxy shows it. It begins and ends with a slash. */
export const basePath: string = new URL(document.baseURI).pathname

/** The address of a path of this server, such as `/run/exp-001`. */
export function pagePath(path: string): string {
  return basePath + path.replace(/^\//, '')
}
