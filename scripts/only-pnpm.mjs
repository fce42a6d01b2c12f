// `npm install` here would install only the tools of the root and exit 0. So this prints the command to run instead.
if (!(process.env.npm_config_user_agent ?? '').startsWith('pnpm/')) {
  console.error(
    'this workspace is installed with pnpm: run `npx -y pnpm@10.34.9 install` (or just `npm start`, `npm test`)',
  )
  process.exit(1)
}
