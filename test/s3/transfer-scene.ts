import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import type { ScriptedServer, SeenRequest } from './scripted-server.ts'
import { isHeadBucket, startScriptedServer, testSession } from './scripted-server.ts'

/** The MD5 of bytes, in hex. */
export const md5 = (data: string | Buffer) => createHash('md5').update(data).digest('hex')

/** When an object was written just now, as a header has it. */
export const lastModified = () => new Date(Date.now() - 1).toUTCString()

/** For each test a folder, and a server that follows its script. */
export interface TransferScene {
  readonly folder: string
  /** The one that was started last; null as long as none was, and when the test is over. */
  readonly server: ScriptedServer | null
  /** Starts a server whose script need not care about HeadBucket. */
  start(script: (request: SeenRequest, response: ServerResponse) => void): Promise<S3Session>
  /** The requests of a method whose addresses have this in them, without HeadBucket. */
  seen(method: string, part?: string): SeenRequest[]
}

/** Makes what the tests of a file need, and takes it away after each. */
export function useTransferScene(): TransferScene {
  let folder = ''
  let server: ScriptedServer | null = null
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pail-faults-'))
  })
  afterEach(async () => {
    await server?.close()
    server = null
    await rm(folder, { recursive: true, force: true })
  })
  return {
    get folder() {
      return folder
    },
    get server() {
      return server
    },
    async start(script) {
      server = await startScriptedServer((request, response) => {
        if (isHeadBucket(request)) response.writeHead(200).end()
        else script(request, response)
      })
      return testSession(server.endpoint, { timeouts: { connectionMs: 1000, socketMs: 400 } })
    },
    seen: (method, part = '') =>
      (server?.requests ?? []).filter(
        (request) => request.method === method && !isHeadBucket(request) && request.url.includes(part),
      ),
  }
}
