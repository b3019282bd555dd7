import { fileURLToPath } from 'node:url'

/** The Node that runs our TypeScript: this one where it can, else that of the packages. */
export function typescriptNode(): string {
  if (process.features.typescript) return process.execPath
  const name = process.platform === 'win32' ? 'node.cmd' : 'node'
  return fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url))
}
