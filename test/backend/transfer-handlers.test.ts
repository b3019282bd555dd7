import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createEventSource } from '../../src-main/backend/call.ts'
import { transferHandlers } from '../../src-main/backend/transfer-handlers.ts'
import { createBandwidth } from '../../src-main/s3/bandwidth.ts'
import { openSettingsFile } from '../../src-main/settings/settings-file.ts'
import { createMemoryJournal } from '../../src-main/transfers/transfer-journal.ts'
import { createLogDouble } from '../log-double.ts'
import { isHeadBucket, sendError, startScriptedServer, testSession } from '../s3/scripted-server.ts'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function handlersWhere(answer: (path: string) => number) {
  const server = await startScriptedServer((request, response) => {
    if (isHeadBucket(request)) response.writeHead(200).end()
    else if (request.method === 'HEAD') response.writeHead(answer(request.url)).end()
    else sendError(response, 403, 'AccessDenied')
  })
  closers.push(() => server.close())
  const session = testSession(server.endpoint)
  closers.push(() => session.destroy())
  const folder = await mkdtemp(join(tmpdir(), 'pail-conflicts-'))
  closers.push(() => rm(folder, { recursive: true }))
  const ignore = () => undefined
  const handlers = transferHandlers(
    {
      userDataDirectory: folder,
      host: 'browser',
      version: '0',
      platform: 'linux',
      resourcesDirectory: folder,
      clipboard: null,
      dialogs: null,
      log: createLogDouble(),
    },
    { open: () => Promise.resolve(session), forget: ignore, close: ignore },
    { path: () => folder, choose: () => Promise.reject(new Error('not asked')), describe: () => null },
    { add: () => Promise.reject(new Error('not asked')) },
    {
      journals: {
        own: createMemoryJournal(),
        notices: [],
        list: () => Promise.resolve({ transfers: [], notices: [] }),
        adopt: () => Promise.resolve({ adopted: 0, inUse: 0, notices: [] }),
      },
      settings: await openSettingsFile(folder),
      bandwidth: createBandwidth(),
    },
    {
      onTransfers: createEventSource(ignore),
      onUploadReport: createEventSource(ignore),
    },
  )
  closers.push(() => handlers.close())
  const select = async (...names: string[]) => {
    for (const name of names) await writeFile(join(folder, name), name)
    return handlers.registerDrop({ sources: names.map((name) => ({ path: join(folder, name) })) })
  }
  return { handlers, select, server }
}

const place = { profileId: 'p', bucket: 'b', prefix: '' }

test('a key that may only write is not kept from uploading by the question for conflicts', async () => {
  const { handlers, select } = await handlersWhere((path) => (path.startsWith('/b/seen') ? 200 : 403))
  const { selectionId } = await select('seen.txt', 'hidden.txt')
  expect(await handlers.findConflicts({ ...place, selectionId })).toEqual({ keys: ['seen.txt'], total: 1 })
})

test('a name that makes no key is not asked for', async () => {
  const { handlers, select, server } = await handlersWhere(() => 404)
  const { selectionId } = await select('a.txt')
  const prefix = `${'p'.repeat(1020)}/`
  expect(await handlers.findConflicts({ ...place, prefix, selectionId })).toEqual({ keys: [], total: 0 })
  expect(server.requests).toEqual([])
})

test('an upload with a base URL that is none is refused before anything is sent', async () => {
  const { handlers, select, server } = await handlersWhere(() => 404)
  const { selectionId } = await select('a.txt')
  for (const baseUrl of ['javascript:alert(1)', 'not a URL', 'https://user@example.org', 'file:///etc']) {
    await expect(
      handlers.startUpload({
        ...place,
        selectionId,
        visibility: 'public',
        onConflict: 'fail',
        cacheControl: null,
        baseUrl,
        linkExpirySeconds: 60,
      }),
    ).rejects.toMatchObject({ error: { code: 'invalid-argument' } })
  }
  expect(server.requests).toEqual([])
})
