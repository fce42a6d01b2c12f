// The whole public API of @hotcb/protocol/node: terminal output for all hotcb programs.
export { control, controlsAndCharacters, terminalText, withoutControls } from './node/terminal-control.ts'
export { orEnd, ringBell, type TerminalFd, warn, writeBlock, writeJson, writeLine } from './node/terminal-write.ts'
