import { hostname, networkInterfaces } from 'node:os'

/** Whether an address is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** The names under which a browser may reach a server that listens on `host`, in lower case. */
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

/** Behind a reverse proxy (a name from `allowed_hosts`) the outer port is not ours; under these names it is. */
export function isPlainName(name: string): boolean {
  return name === 'localhost' || name.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(name)
}

/** The `Host` headers of proxies with these origins: with the port, and without it, which some of them leave out. */
export function hostsOfOrigins(origins: readonly string[]): ReadonlySet<string> {
  return new Set(origins.map((origin) => new URL(origin)).flatMap(({ host, hostname: name }) => [host, name]))
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}
