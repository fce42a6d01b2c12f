/**
 * The address that a request asks for, without the path under which a proxy shows this server. Proxies remove that path
 * (`jupyter-server-proxy`, VS Code's `/proxy/`) or keep it (`/proxy/absolute/`, `/absproxy/`): both work.
 */
export function withoutBase(url: string, basePath: string): string {
  return url.startsWith(basePath) ? `/${url.slice(basePath.length)}` : url
}

/** The relative address of the page's files from one of its paths, which works behind any proxy. */
export function baseOf(path: string): string {
  return '../'.repeat(path.split('/').length - 2) || './'
}
