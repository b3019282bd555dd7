import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { BackendParts } from '../../src-main/backend/backend-parts.ts'
import { profileAt, type RunningBackend, runBackend } from '../backend/running-backend.ts'
import { provePrintedLinks } from './printed-links.ts'
import { type Ran, runForTest } from './run-for-test.ts'
import { playgroundServer, type StartedServer } from './servers.ts'

/** The command line on the real backend and a server of its own, within this process. */
export interface RunningCommandLine {
  readonly backend: RunningBackend
  /** The folder that is synced. */
  readonly folder: string
  readonly bucket: string
  /** The server's URL. */
  readonly endpoint: string
  /** The keys of the server’s owner. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  write(files: Readonly<Record<string, string>>): Promise<void>
  /** Every link that is handed out is fetched before this resolves. */
  run(argv: readonly string[], more?: Parameters<typeof runForTest>[2]): Promise<Ran>
  close(): Promise<void>
}

/**
 * Starts one, with a bucket for objects that have ACLs. `parts` take the place of the backend's usual ones. On another server
 * than a playground of its own, whoever starts it empties and deletes the bucket.
 */
export async function startCommandLine(
  parts: Partial<BackendParts> = {},
  there?: StartedServer,
): Promise<RunningCommandLine> {
  const server = there ?? (await playgroundServer())
  const backend = await runBackend({
    host: 'cli',
    clipboard: null,
    environmentProfile: { ...profileAt(server), checksums: 'when-supported' },
    ...parts,
  })
  const folder = join(backend.folder, 'site')
  const bucket =
    there === undefined ? 'pail-command-line' : `pail-command-line-${randomBytes(6).toString('hex')}`
  await mkdir(folder)
  const run: RunningCommandLine['run'] = async (argv, more = {}) => {
    const double = { api: backend.api, calls: [], inputs: () => [], emit: () => undefined }
    const ran = await runForTest(argv, double, more)
    await provePrintedLinks(argv, ran.out)
    return ran
  }
  const made = await run(['mb', `s3://${bucket}`, '--access', 'per-object'])
  if (made.code !== 0) throw new Error(made.err)
  return {
    backend,
    folder,
    bucket,
    endpoint: server.endpoint,
    credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
    async write(files) {
      for (const [name, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, name)), { recursive: true })
        await writeFile(join(folder, name), content)
      }
    },
    run,
    async close() {
      await backend.close()
      await server.close()
    },
  }
}
