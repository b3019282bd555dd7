import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { provePrintedLinks } from './printed-links.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What commands remember belongs to the tests and not to the person who runs them. */
const userData = mkdtempSync(join(tmpdir(), 'pail-user-data-'))
process.on('exit', () => rmSync(userData, { recursive: true, force: true }))

/** When anything below a folder was last changed, in milliseconds. */
function newest(folder: string): number {
  let latest = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs)
  }
  return latest
}

const pailFiles = ['out/main/cli.js', 'src-main/cli.ts'].map((path) => join(root, path))

/** The program and its first arguments: the built command line, or its source when the build is older. */
export function pailCommand(): readonly [string, string] {
  const built = join(root, 'out/main/cli.js')
  const changed = Math.max(newest(join(root, 'src-main')), newest(join(root, 'src-preload/contract')))
  if (existsSync(built) && statSync(built).mtimeMs > changed) return [process.execPath, built]
  return [
    join(root, 'node_modules/.bin', process.platform === 'win32' ? 'node.cmd' : 'node'),
    join(root, 'src-main/cli.ts'),
  ]
}

/** A server with its keys. */
export interface Server {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** What a process came to. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly bytes: Buffer
  readonly err: string
}

/** Runs a program to its end. Of `pail`, every link that it hands out is fetched before this resolves. */
export async function runProgram(...given: Parameters<typeof startProgram>): Promise<Ended> {
  const ended = await startProgram(...given)
  const argv = argumentsOfPail(given[1])
  if (argv !== null) await provePrintedLinks(argv, ended.out)
  return ended
}

/** What `pail` itself is given of a command line; null when that runs another program. */
function argumentsOfPail(args: readonly string[]): readonly string[] | null {
  const at = args.findIndex((word) => pailFiles.includes(word))
  return at < 0 ? null : args.slice(at + 1)
}

function startProgram(
  command: string,
  args: readonly string[],
  more: {
    environment?: Record<string, string>
    directory?: string
    /** Called with what is written to stderr so far. */
    onWords?: (words: string, kill: (signal: NodeJS.Signals) => void) => void
    /** Called with what is written to stdout so far. */
    onOutput?: (out: string, kill: (signal: NodeJS.Signals) => void) => void
    onStart?: (kill: (signal: NodeJS.Signals) => void) => void
  } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const { PATH = '', HOME = '', TMPDIR } = process.env
    const child = spawn(command, [...args], {
      cwd: more.directory ?? root,
      env: {
        PATH,
        HOME,
        PAIL_USER_DATA: userData,
        // As with what is remembered, though only Linux asks for it there.
        XDG_CACHE_HOME: join(userData, 'cache'),
        ...(TMPDIR === undefined ? {} : { TMPDIR }),
        ...more.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const out: Buffer[] = []
    let err = ''
    const kill = (signal: NodeJS.Signals) => void child.kill(signal)
    child.stdout.on('data', (chunk: Buffer) => {
      out.push(chunk)
      more.onOutput?.(Buffer.concat(out).toString('utf8'), kill)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString('utf8')
      more.onWords?.(err, kill)
    })
    child.on('error', reject)
    child.on('close', (code) => {
      const bytes = Buffer.concat(out)
      resolve({ code, bytes, out: bytes.toString('utf8'), err })
    })
    more.onStart?.(kill)
  })
}

/** `pail` with a server's address and keys. */
export function pailOn(server: Server, directory: string) {
  const [program, file] = pailCommand()
  const environment = {
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    AWS_REGION: 'us-east-1',
    // Nothing of this computer's own settings has a say.
    PAIL_USER_DATA: join(directory, 'no-settings'),
  }
  return (args: readonly string[], more: Parameters<typeof runProgram>[2] = {}): Promise<Ended> =>
    runProgram(program, [file, ...args, '--endpoint-url', server.endpoint, '--path-style'], {
      directory,
      ...more,
      environment: { ...environment, ...more.environment },
    })
}
