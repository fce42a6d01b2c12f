// The entry of the second file, which contains rare and slow commands. The build fills it; see tsup.config.ts.
export {}
