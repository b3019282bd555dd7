import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Sessions } from '../../src-main/backend/sessions.ts'
import { createRunningWork } from '../../src-main/backend/running-work.ts'
import { syncHandlers } from '../../src-main/backend/sync-handlers.ts'
import { isHeadBucket, startScriptedServer, testSession } from '../s3/scripted-server.ts'
import { usualOptions } from '../sync/sync-fixture.ts'
import { runBackend } from './running-backend.ts'

test('F46 closing waits until a running sync has ended', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pail-closing-'))
  let listing: () => void = () => undefined
  const listed = new Promise<void>((resolve) => {
    listing = resolve
  })
  const server = await startScriptedServer((request, response) => {
    if (isHeadBucket(request)) response.writeHead(200).end()
    else listing()
  })
  const session = testSession(server.endpoint)
  const sessions: Sessions = {
    open: () => Promise.resolve(session),
    forget: () => undefined,
    close: () => undefined,
  }
  const work = createRunningWork()
  const handlers = syncHandlers(
    sessions,
    { path: () => folder, choose: () => Promise.reject(new Error('not asked')), describe: () => null },
    { emit: () => undefined, subscribe: () => () => undefined },
    work,
    { index: folder, state: folder, releases: folder, locks: folder },
  )
  const order: string[] = []
  const planned = handlers
    .planSync({
      profileId: 'p',
      bucket: 'b',
      prefix: '',
      folderId: 'f',
      options: usualOptions,
    })
    .catch((error: { error: { code: string } }) => order.push(error.error.code))
  await listed
  await work.close().then(() => order.push('closed'))
  await planned
  expect(order).toEqual(['cancelled', 'closed'])
  session.destroy()
  await server.close()
  await rm(folder, { recursive: true })
})

test('F42 a start and an end without a change write no settings', async () => {
  const backend = await runBackend()
  await backend.restart()
  expect(await readdir(join(backend.folder, 'user-data'))).not.toContain('settings.json')
  await backend.close()
})
