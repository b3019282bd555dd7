import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createLink } from '../../src-main/links/create-link.ts'
import { testLink } from '../../src-main/links/test-link.ts'
import { triedLink } from '../../src-main/links/tried-link.ts'
import { publicObjectUrl } from '../../src-main/s3/object-url.ts'
import { probeVisibility } from '../../src-main/visibility/probe.ts'
import { testSession } from '../s3/scripted-server.ts'
import { runDjango } from './django-process.ts'
import { installedDjango, newerDjango } from './django-project.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 })

/** Names that sites have files of, and every character that a URL may treat in its own way. */
const names = [
  'css/site.css',
  'a b.txt',
  'a+b.txt',
  '100%.txt',
  '%41%2F.txt',
  'q?x=1#f.txt',
  "it's (1)!*~.txt",
  '[x]{y}^`|"<>.txt',
  'a&b=c@d:e,f;g$.txt',
  "-._~/!$&'()*+,;=:@",
  'emoji 🪣.txt',
  'caf\u00e9 \u65e5\u672c.txt',
  'e\u0301.txt',
  'double//slash.txt',
  'back\\slash.txt',
  'a/./b/../c.txt',
  'folder (2)/',
  'new\nline\ttab.txt',
  ...Array.from({ length: 94 }, (_, index) => `x${String.fromCharCode(33 + index)}x`),
]

const domain = 'static.example.org'

/** The key under which a storage keeps each name, and the URL that it prints for it. */
const script = `
import json, sys
from django.conf import settings
settings.configure(AWS_STORAGE_BUCKET_NAME='b')
from storages.backends.s3boto3 import S3Boto3Storage
from storages.utils import clean_name
told = []
for location in ('', 'media (old)'):
    storage = S3Boto3Storage(custom_domain=${JSON.stringify(domain)}, location=location, querystring_auth=False)
    for name in json.load(open('names.json')):
        told.append([storage._normalize_name(clean_name(name)), storage.url(name)])
print(json.dumps(told))
`

const djangos = [
  { title: installedDjango?.name ?? 'Django (python3-django-storages-boto3)', django: installedDjango },
  { title: newerDjango?.name ?? 'Django 4.2 (PAIL_DJANGO_NEW)', django: newerDjango },
]

describe.each(djangos)('a URL at a custom domain as $title prints it', ({ django }) => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pail-printed-'))
    await writeFile(join(directory, 'names.json'), JSON.stringify(names))
    await writeFile(join(directory, 'script.py'), script)
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  test.skipIf(django === null)('is the one that Pail hands out for the key that the site has', async () => {
    const ended = await runDjango(django!, ['script.py'], { directory, environment: {} })
    expect(ended.err).toBe('')
    const printed: [string, string][] = JSON.parse(ended.out)
    expect(printed).toHaveLength(2 * names.length)
    const session = testSession(null)
    expect(printed.map(([key]) => publicObjectUrl(session, 'b', key, `https://${domain}`))).toEqual(
      printed.map(([, url]) => url),
    )
    session.destroy()
  })
})

test('a key that no site can name keeps every byte', () => {
  const session = testSession(null)
  const urls = ['double//slash (1).txt', 'back\\slash', 'a/./b/../c'].map((key) =>
    publicObjectUrl(session, 'b', key, `https://${domain}/`),
  )
  expect(urls).toEqual([
    `https://${domain}/double//slash%20(1).txt`,
    `https://${domain}/back%5Cslash`,
    `https://${domain}/a/./b/../c`,
  ])
  session.destroy()
})

describe('who asks at a custom domain asks for the very URL that the site prints', () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const isThere = request.url === "/media/it's%20(1)!*.txt"
    response.statusCode = isThere ? 200 : 404
    response.end(request.method === 'HEAD' || !isThere ? '' : 'x')
  })
  let baseUrl: string
  beforeAll(async () => {
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => new Promise((closed) => server.close(closed)))

  test('the badge, the link and the test of the link', async () => {
    const session = testSession(null)
    const key = "media/it's (1)!*.txt"
    const check = await probeVisibility(session, { bucket: 'b', key, baseUrl })
    expect(check).toMatchObject({
      visibility: 'public',
      status: 200,
      url: `${baseUrl}/media/it's%20(1)!*.txt`,
    })
    const options = {
      bucket: 'b',
      key,
      kind: 'public',
      expiresInSeconds: 60,
      downloadAs: null,
      baseUrl,
    } as const
    const link = await createLink(session, options)
    expect(link.url).toBe(check.url)
    expect(await testLink(session, await triedLink(session, options, link))).toEqual({
      outcome: 'works',
      status: 200,
      problem: null,
    })
    // A key that nobody has is asked for, too: whether the address answers that alike.
    const forIt = asked.filter((path) => !path.startsWith('/pail-'))
    expect(forIt.length).toBeGreaterThan(1)
    expect(new Set(forIt)).toEqual(new Set(["/media/it's%20(1)!*.txt"]))
    session.destroy()
  })
})
