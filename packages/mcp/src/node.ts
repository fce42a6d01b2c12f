// The whole public surface of @hotcb/mcp/node: the server over standard input and output, and over HTTP. It needs the
// package `@modelcontextprotocol/server`, an optional peer dependency.
export { type McpHttpOptions, openMcpHttp } from './node/http.ts'
export { serveMcp } from './node/serve.ts'
