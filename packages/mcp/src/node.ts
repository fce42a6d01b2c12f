// The whole public surface of @hotcb/mcp/node: the server on standard input and output, and for requests by HTTP. It needs the
// package `@modelcontextprotocol/server`, an optional peer.
export { type McpHttpOptions, openMcpHttp } from './node/http.ts'
export { serveMcp } from './node/serve.ts'
