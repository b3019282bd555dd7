import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Backend, BackendParts, EnvironmentProfile } from '../../src-main/backend/backend-parts.ts'
import { createBackend } from '../../src-main/backend/create-backend.ts'
import { createMemoryKeychain } from '../../src-main/keychain/memory-keychain.ts'
import type { Log } from '../../src-main/logging/log.ts'
import type { Api } from '../../src-preload/contract/api.ts'
import type { Result } from '../../src-preload/contract/result.ts'
import type { LocalPath } from '../../src-preload/contract/selection.ts'
import type { UploadReport } from '../../src-preload/contract/transfer.ts'
import type { StartedServer } from '../cli/servers.ts'

/** A backend on a folder of its own, with what it said and copied. */
export interface RunningBackend {
  readonly api: Api<LocalPath>
  readonly folder: string
  readonly copied: string[]
  readonly logged: string[]
  /** The next report of a batch of uploads. */
  uploadReport(): Promise<UploadReport>
  restart(): Promise<void>
  close(): Promise<void>
}

/** The value of a result, or an error that names what was refused. */
export async function value<T>(result: Promise<Result<T>>): Promise<T> {
  const settled = await result
  if (!settled.ok)
    throw new Error(`${settled.error.code}: ${settled.error.message} (${settled.error.s3Code ?? ''})`)
  return settled.value
}

/** The error code of a result that must have failed. */
export async function codeOf(result: Promise<Result<unknown>>): Promise<string> {
  const settled = await result
  return settled.ok ? 'ok' : settled.error.code
}

/** The profile with which a backend works at a server: addressed by path, its keys as a command takes them from the environment. */
export function profileAt({
  endpoint,
  accessKeyId,
  secretAccessKey,
}: Pick<StartedServer, 'endpoint' | 'accessKeyId' | 'secretAccessKey'>): EnvironmentProfile {
  return {
    name: 'the test',
    region: 'us-east-1',
    endpoint,
    addressing: 'path',
    checksums: 'when-required',
    insecureConsent: null,
    credentials: { accessKeyId, secretAccessKey, sessionToken: null },
  }
}

/** Starts a backend as the browser host does: typed folders, a clipboard that is remembered, a keychain in memory. */
export async function runBackend(more: Partial<BackendParts> = {}): Promise<RunningBackend> {
  const folder = await mkdtemp(join(tmpdir(), 'pail-backend-'))
  const copied: string[] = []
  const logged: string[] = []
  const say = (message: string, details?: unknown) => void logged.push(`${message} ${String(details ?? '')}`)
  const log: Log = {
    debug: say,
    info: say,
    warn: say,
    error: say,
    addKnownSecret: () => undefined,
    redact: (text) => text,
  }
  // One keychain for all starts, as the system's is.
  const keychain = createMemoryKeychain()
  const reports: UploadReport[] = []
  const waiting: ((report: UploadReport) => void)[] = []
  const start = async (): Promise<Backend> => {
    const backend = await createBackend({
      userDataDirectory: join(folder, 'user-data'),
      host: 'browser',
      version: '0.0.0',
      platform: 'linux',
      resourcesDirectory: fileURLToPath(new URL('../../resources', import.meta.url)),
      clipboard: { writeText: async (text) => void copied.push(text) },
      dialogs: null,
      log,
      keychain,
      ...more,
    })
    backend.api.onUploadReport((report) => {
      const next = waiting.shift()
      if (next) next(report)
      else reports.push(report)
    })
    return backend
  }
  let backend = await start()
  return {
    get api() {
      return backend.api
    },
    folder,
    copied,
    logged,
    uploadReport: () => {
      const ready = reports.shift()
      return ready ? Promise.resolve(ready) : new Promise((take) => waiting.push(take))
    },
    async restart() {
      await backend.close()
      backend = await start()
    },
    async close() {
      await backend.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
