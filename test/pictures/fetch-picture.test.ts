import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, LookupFunction } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { fetchPicture, type FetchPictureOptions } from '../../src-main/pictures/fetch-picture.ts'
import type { Failure } from '../../src-preload/contract/failure.ts'
import { phoneJpeg, placedPng } from './made-pictures.ts'

const servers: Server[] = []
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => new Promise((done) => server.close(done).closeAllConnections())),
  )
})

/** A website of any name on this computer: its names resolve to it, and it may be connected to. */
async function website(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const seen: IncomingMessage[] = []
  const server = createServer((request, response) => {
    seen.push(request)
    answer(request, response)
  })
  servers.push(server)
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  const { port } = server.address() as AddressInfo
  const here: FetchPictureOptions = { lookup: resolvingTo('127.0.0.1'), allows: () => true }
  return { seen, here, port, at: (path: string) => `http://pictures.example:${port}${path}` }
}

function resolvingTo(...addresses: string[]): LookupFunction {
  return (_host, options, take) => {
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    if (options.all === true) take(null, found)
    else take(null, found[0]!.address, found[0]!.family)
  }
}

const send =
  (bytes: Buffer, type = 'application/octet-stream') =>
  (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(200, { 'content-type': type }).end(bytes)

async function whyNot(fetched: Promise<unknown>): Promise<string> {
  const { error } = (await fetched.then(
    () => Promise.reject(new Error('it was fetched')),
    (problem: unknown) => problem,
  )) as Failure
  expect(error.code).toBe('picture-not-fetched')
  return error.message
}

describe('a picture from an address', () => {
  test('comes with the name of its address, and without anything that would tell who asks', async () => {
    const site = await website(send(placedPng()))
    const { name, bytes, from } = await fetchPicture(site.at('/img/map.png?token=secret#top'), site.here)
    expect({ name, from }).toEqual({ name: 'map.png', from: site.at('/img/map.png') })
    expect(bytes).toEqual(placedPng())
    expect(site.seen[0]!.url).toBe('/img/map.png?token=secret')
    expect(Object.keys(site.seen[0]!.headers).toSorted()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ])
  })

  test.each([
    ['a JPEG that is called PNG', phoneJpeg(1), 'image/png', 'a.jpg'],
    ['a PNG without a type', placedPng(), '', 'a.png'],
  ])('S39 is what its bytes are: %s', async (_, bytes, type, name) => {
    const site = await website(send(bytes, type))
    expect((await fetchPicture(site.at('/a.png'), site.here)).name).toBe(name)
  })

  test.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'],
    ['HTML', '<!doctype html><img src=x onerror=alert(1)>'],
    ['a PNG in name only', '\x89PNG\r\n\x1a\n and nothing more'],
    ['nothing', ''],
  ])('S39 is not %s, whatever the server calls it', async (_, text) => {
    const site = await website(send(Buffer.from(text, 'latin1'), 'image/png'))
    expect(await whyNot(fetchPicture(site.at('/a.png'), site.here))).toMatch(/no PNG, JPEG/)
  })

  test('is of at most so many bytes, announced or not', async () => {
    const site = await website((request, response) => {
      response.writeHead(200, request.url === '/announced' ? { 'content-length': '2000' } : {})
      response.write(Buffer.alloc(900))
      if (request.url === '/endless') response.end(Buffer.alloc(900))
    })
    const few = { ...site.here, mostBytes: 1000 }
    expect(await whyNot(fetchPicture(site.at('/announced'), few))).toMatch(/larger than/)
    expect(await whyNot(fetchPicture(site.at('/endless'), few))).toMatch(/larger than/)
  })

  test('F4 F13 that stops coming, never comes or is cut off is not waited for, nor taken', async () => {
    const site = await website((request, response) => {
      if (request.url === '/silent') return
      response.writeHead(200, { 'content-length': String(placedPng().byteLength) })
      response.write(placedPng().subarray(0, 100))
      if (request.url === '/cut') setTimeout(() => response.destroy(), 50)
      if (request.url === '/slow') setInterval(() => response.write(Buffer.alloc(1)), 30).unref()
    })
    const idle = { ...site.here, idleMs: 150 }
    expect(await whyNot(fetchPicture(site.at('/silent'), idle))).toMatch(/did not answer in time/)
    expect(await whyNot(fetchPicture(site.at('/stalls'), idle))).toMatch(/broke off/)
    expect(await whyNot(fetchPicture(site.at('/cut'), site.here))).toMatch(/broke off/)
    expect(await whyNot(fetchPicture(site.at('/slow'), { ...site.here, timeoutMs: 200 }))).toMatch(/too long/)
  })

  test.each([
    [403, /signed in there \(403\)/],
    [404, /no picture there any more/],
    [500, /status 500/],
    [206, /status 206/],
    [304, /status 304/],
  ])('with status %i is told why', async (status, reason) => {
    const site = await website(
      (_, response) => void response.writeHead(status).end(status === 304 ? '' : placedPng()),
    )
    expect(await whyNot(fetchPicture(site.at('/a.png'), site.here))).toMatch(reason)
  })
})

describe('S29 what is not on the public internet is not connected to', () => {
  test.each([
    'http://127.0.0.1:PORT/a.png',
    'http://localhost:PORT/a.png',
    'http://2130706433:PORT/a.png',
    'http://0x7f.1:PORT/a.png',
    'http://[::1]:PORT/a.png',
    'http://[::ffff:127.0.0.1]:PORT/a.png',
    'http://0.0.0.0:PORT/a.png',
    'http://10.0.0.1:PORT/a.png',
    'http://192.168.1.1:PORT/a.png',
    'http://172.16.0.1:PORT/a.png',
    'http://100.64.0.1:PORT/a.png',
    'http://169.254.169.254:PORT/latest/meta-data/',
    'http://[fe80::1]:PORT/a.png',
    'http://[fd00::1]:PORT/a.png',
    'http://[64:ff9b::7f00:1]:PORT/a.png',
  ])('%s', async (address) => {
    const site = await website(send(placedPng()))
    expect(await whyNot(fetchPicture(address.replace('PORT', String(site.port))))).toMatch(/private network/)
    expect(site.seen).toEqual([])
  })

  test.each([['10.0.0.1'], ['127.0.0.1'], ['93.184.216.34', '127.0.0.1'], ['fe80::1']])(
    'a name that resolves to %s',
    async (...addresses) => {
      const site = await website(send(placedPng()))
      const { allows: _, ...rest } = site.here
      const fetched = fetchPicture(site.at('/a.png'), { ...rest, lookup: resolvingTo(...addresses) })
      expect(await whyNot(fetched)).toMatch(/private network/)
      expect(site.seen).toEqual([])
    },
  )

  test('after a redirect neither, by address or by name', async () => {
    let target = ''
    const site = await website((_, response) => void response.writeHead(302, { location: target }).end())
    const inside = await website(send(placedPng()))
    const lookup: LookupFunction = (host, options, take) =>
      resolvingTo(host === 'inside.example' ? '10.0.0.1' : '127.0.0.1')(host, options, take)
    // The site may be connected to by its name; by what it sends on to it is judged anew.
    const judged: string[] = []
    const allows = (address: string) => {
      judged.push(address)
      return judged.length === 1
    }
    for (const to of [
      `http://127.0.0.1:${inside.port}/a.png`,
      `http://inside.example:${inside.port}/a.png`,
    ]) {
      target = to
      judged.length = 0
      expect(await whyNot(fetchPicture(site.at('/a.png'), { lookup, allows }))).toMatch(/private network/)
      expect(judged).toHaveLength(2)
    }
    expect(inside.seen).toEqual([])
  })
})

describe('redirects', () => {
  test('are followed, and the name is that of where it ends', async () => {
    const direct = await website((request, response) =>
      request.url?.startsWith('/final') === true
        ? send(placedPng())(request, response)
        : void response.writeHead(307, { location: '/final/b.png?signature=secret' }).end(),
    )
    expect(await fetchPicture(direct.at('/a.png'), direct.here)).toMatchObject({
      name: 'b.png',
      from: direct.at('/final/b.png'),
    })
  })

  test('end after five', async () => {
    const site = await website((_, response) => void response.writeHead(302, { location: '/again' }).end())
    expect(await whyNot(fetchPicture(site.at('/a.png'), site.here))).toMatch(/from one address to the next/)
    expect(site.seen).toHaveLength(6)
  })

  test.each([
    'file:///etc/passwd',
    'ftp://example.org/a.png',
    'data:image/png;base64,AAAA',
    'javascript:1',
    'http://',
  ])('to %s are not followed', async (location) => {
    const site = await website((_, response) => void response.writeHead(302, { location }).end())
    await whyNot(fetchPicture(site.at('/a.png'), site.here))
    expect(site.seen).toHaveLength(1)
  })
})

describe('what is no address of a picture', () => {
  test.each([
    'file:///etc/passwd',
    'ftp://example.org/a.png',
    'javascript:alert(1)',
    'https://',
    'a.png',
    'https://user:password@pictures.example/a.png',
    'http://pictures.example:22/a.png',
    'http://pictures.example:25/a.png',
    `https://pictures.example/${'a'.repeat(9000)}.png`,
  ])('%.60s', async (address) => {
    const lookup: LookupFunction = () => expect.unreachable('nothing is resolved')
    await whyNot(fetchPicture(address, { lookup }))
  })
})

describe('a picture in its own address', () => {
  const base64 = placedPng().toString('base64')
  test.each([
    `data:image/png;base64,${base64}`,
    `DATA:;base64,${encodeURIComponent(base64)}`,
    `data:image/jpeg,${[...placedPng()].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}`,
  ])('%.40s', async (address) => {
    const picture = await fetchPicture(address)
    expect(picture).toEqual({ name: 'picture.png', bytes: placedPng(), from: null })
  })

  test.each([
    'data:image/svg+xml,<svg/>',
    'data:text/html,<b>',
    'data:image/png',
    'data:image/png;base64,AAAA',
  ])('S39 %s is refused', async (address) => void (await whyNot(fetchPicture(address))))

  test('is of at most so many bytes', async () => {
    const address = `data:image/png;base64,${base64}`
    expect(await whyNot(fetchPicture(address, { mostBytes: 100 }))).toMatch(/larger than|too long/)
  })
})
