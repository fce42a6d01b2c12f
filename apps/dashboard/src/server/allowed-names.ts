import { hostname, networkInterfaces } from 'node:os'

/** Whether an address can be reached only from this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** Returns the names under which a browser may reach a server that is listening on `host`, in lower case. */
export function allowedNames(host: string, allowedHosts: readonly string[]): ReadonlySet<string> {
  const names = new Set(allowedHosts.map((name) => name.toLowerCase()))
  if (isLoopback(host)) return new Set([...names, 'localhost', '127.0.0.1', '[::1]', bracketed(host)])
  if (host !== '0.0.0.0' && host !== '::') return new Set([...names, bracketed(host.toLowerCase())])
  for (const name of ['localhost', '127.0.0.1', '[::1]', hostname().toLowerCase()]) names.add(name)
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address } of addresses ?? []) names.add(bracketed(address.toLowerCase()))
  }
  return names
}

/**
 * Whether a name is used without a proxy. Behind a reverse proxy (a name from `allowed_hosts`), the port in a request is the
 * proxy's port, not this server's.
 */
export function isPlainName(name: string): boolean {
  return name === 'localhost' || name.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(name)
}

/**
 * Returns the `Host` headers of proxies with these origins, each with and without its port, because some proxies omit the port.
 */
export function hostsOfOrigins(origins: readonly string[]): ReadonlySet<string> {
  return new Set(origins.map((origin) => new URL(origin)).flatMap(({ host, hostname: name }) => [host, name]))
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}
