// The whole public surface of @hotcb/mcp/node: the server on standard input and output. It needs the package
// `@modelcontextprotocol/server`, an optional peer.
export { serveMcp } from './node/serve.ts'
