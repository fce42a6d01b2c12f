/**
 * Removes the path under which a proxy exposes this server from the address of a request. Some proxies remove that path themselves
 * (`jupyter-server-proxy`, VS Code's `/proxy/`), others keep it (`/proxy/absolute/`, `/absproxy/`). Both work.
 */
export function withoutBase(url: string, basePath: string): string {
  return url.startsWith(basePath) ? `/${url.slice(basePath.length)}` : url
}

/** Returns the address of the page's files, relative to one of its paths. It works behind any proxy. */
export function baseOf(path: string): string {
  return '../'.repeat(path.split('/').length - 2) || './'
}
