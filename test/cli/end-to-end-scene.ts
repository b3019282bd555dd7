import { randomBytes } from 'node:crypto'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, vi } from 'vitest'
import { pailOn } from './pail-process.ts'
import { cephServer, hasCeph, playgroundServer, type StartedServer } from './servers.ts'
import { clientOf } from './s3-client.ts'

const servers = [
  { name: 'the playground', start: playgroundServer, here: true },
  { name: 'Ceph RADOS Gateway', start: cephServer, here: hasCeph },
]

/** What tests on a server share: a folder, a bucket, and the built `pail`. */
export interface EndToEnd {
  readonly server: StartedServer
  /** Where commands run. */
  readonly directory: string
  readonly bucket: string
  readonly pail: ReturnType<typeof pailOn>
  /** A client that is not ours; whoever makes one destroys it. */
  readonly sdk: () => S3Client
  readonly keysBelow: (prefix: string) => Promise<string[]>
}

/** Tests of `pail` on each server, in a bucket of their own, which is emptied by `pail` itself. */
export function endToEnd(subject: string, tests: (scene: EndToEnd) => void): void {
  // Dozens of processes are started one after the other, perhaps beside other suites.
  vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })
  describe.each(servers)('pail on $name', ({ start, here }) => {
    describe.skipIf(!here)(subject, () => {
      let server: StartedServer
      let directory: string
      let pail: ReturnType<typeof pailOn>
      const bucket = `pail-cli-${randomBytes(5).toString('hex')}`

      beforeAll(async () => {
        server = await start()
        directory = await realpath(await mkdtemp(join(tmpdir(), 'pail-cli-test-')))
        pail = pailOn(server, directory)
        const made = await pail(['mb', `s3://${bucket}`, '--access', 'per-object'])
        expect(made).toMatchObject({ code: 0, out: '' })
      })
      afterAll(async () => {
        const { objects } = JSON.parse((await pail(['ls', `s3://${bucket}`, '--recursive', '--json'])).out)
        const addresses = objects.map(({ key }: { key: string }) => `s3://${bucket}/${key}`)
        while (addresses.length) await pail(['rm', ...addresses.splice(0, 500)])
        expect(await pail(['rb', `s3://${bucket}`])).toMatchObject({ code: 0 })
        await server.close()
        await rm(directory, { recursive: true, force: true })
      })
      tests({
        bucket,
        get server() {
          return server
        },
        get directory() {
          return directory
        },
        pail: (...given) => pail(...given),
        sdk: () => clientOf(server),
        async keysBelow(prefix) {
          const listed = await pail(['ls', `s3://${bucket}/${prefix}`, '--recursive', '--json'])
          expect(listed.code).toBe(0)
          return JSON.parse(listed.out).objects.map(({ key }: { key: string }) => key)
        },
      })
    })
  })
}
