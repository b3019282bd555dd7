import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { linksIn, type LinkServer, proveLink, readLink } from './link-proof.ts'

/** A server that gives everything to everybody: what the proof has to find out. */
const careless = createServer((request, response) => {
  request.resume()
  request.on('end', () => response.end('the bytes'))
})
let server: LinkServer
let content = 'the bytes'

beforeAll(async () => {
  await new Promise<void>((up) => careless.listen(0, '127.0.0.1', up))
  server = {
    address: `http://127.0.0.1:${(careless.address() as AddressInfo).port}`,
    isStorage: true,
    objectOf: async () => ({ bucket: 'b', key: 'a.txt' }),
    read: async () => Buffer.from(content),
    end: { by: 'clock', setAhead: () => undefined },
  }
})
afterAll(() => careless.close())

const signed = () =>
  `${server.address}/b/a.txt?X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0a`
const prove = (url: string) => proveLink(server, readLink(url, server), { bucket: 'b', key: 'a.txt' })

test('a server that takes changed and ended links is found out, whatever is changed', async () => {
  expect(await prove(signed())).toEqual(
    ['another signature', 'another key', 'a later end', 'another date', 'its end behind it'].map(
      (what) => `with ${what} is answered with 200`,
    ),
  )
  const upload = await prove(signed().replace('=host', '=content-type%3Bhost'))
  expect(upload).toContain('with another type is answered with 200')
  expect(upload.at(-1)).toBe('was used, and other bytes are there than were sent')
  const edge = await prove(`${server.address}/a.txt?Expires=1767225600&Signature=0a&Key-Pair-Id=K1`)
  expect(edge).toHaveLength(5)
})

test('other bytes than those of the object are found out', async () => {
  content = 'other bytes'
  expect(await prove(`${server.address}/b/a.txt`)).toEqual(['leads to other bytes than those of its object'])
  expect(await prove(signed())).toContain('leads to other bytes than those of its object')
  content = 'the bytes'
  expect(await prove(`${server.address}/b/a.txt`)).toEqual([])
})

test.each([
  ['plain\nhttp://a/b?c&d', ['http://a/b?c&d']],
  ['<img src="http://a/b?c&amp;d" alt="x">', ['http://a/b?c&d']],
  ['![x](http://a/b(1).png)', ['http://a/b(1).png']],
  ['![x](http://a/b\\(1.png) and (more)', ['http://a/b(1.png']],
  ["http://a/it's%20(1)!*.txt\n", ["http://a/it's%20(1)!*.txt"]],
  ['<a href="http://a/it&#39;s">x</a>', ["http://a/it's"]],
  ["curl 'http://a/b'", ['http://a/b']],
  ['nothing', []],
])('the links in %j', (text, links) => {
  expect(linksIn(text)).toEqual(links)
})
