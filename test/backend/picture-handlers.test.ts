import { afterEach, describe, expect, test } from 'vitest'
import { pictureHandlers } from '../../src-main/backend/picture-handlers.ts'
import { jpegWithThumbnail, plainJpeg } from '../pictures/made-pictures.ts'
import { isHeadBucket, startScriptedServer, testSession } from '../s3/scripted-server.ts'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A PNG of 30 × 50 pixels. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAB4AAAAyAQMAAABxkPmsAAAAA1BMVEX/AAAZ4gk3AAAADElEQVQI12NgGKkAAAD6AAG+XimtAAAAAElFTkSuQmCC',
  'base64',
)

/** The picture of an object with these bytes, and how often they were fetched. */
async function pictureOf(bytes: Buffer | null, contentType = 'image/png', key = 'x.png') {
  let fetched = 0
  const server = await startScriptedServer((request, response) => {
    if (isHeadBucket(request)) response.writeHead(200).end()
    else if (bytes === null) response.writeHead(404).end()
    else {
      const headers = { 'content-length': bytes.length, 'content-type': contentType, etag: '"x"' }
      if (request.method === 'HEAD') response.writeHead(200, headers).end()
      else {
        fetched++
        response.writeHead(200, headers).end(bytes)
      }
    }
  })
  const session = testSession(server.endpoint)
  closers.push(
    () => session.destroy(),
    () => server.close(),
  )
  const handlers = pictureHandlers({
    open: () => Promise.resolve(session),
    forget: () => undefined,
    close: () => undefined,
  })
  return { picture: await handlers.getPicture({ profileId: 'p', bucket: 'b', key }), fetched }
}

describe('getPicture', () => {
  test('answers a small raster picture, whatever its type is said to be', async () => {
    const picture = { base64: png.toString('base64'), width: 30, height: 50 }
    expect((await pictureOf(png)).picture).toEqual(picture)
    expect((await pictureOf(png, 'text/html')).picture).toEqual(picture)
  })

  test.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
    ['HTML', '<!doctype html><script>alert(1)</script>'],
    ['PDF', '%PDF-1.7\n'],
    ['XML', '<?xml version="1.0"?><x/>'],
    ['a picture behind a page', `<html>${png.toString('latin1')}`],
  ])('S39 %s under the name and type of a PNG is none', async (_, text) => {
    expect((await pictureOf(Buffer.from(text, 'latin1'))).picture).toBeNull()
  })

  test('S40 a small file that says it is 50,000 × 50,000 pixels is not handed on', async () => {
    const bomb = Buffer.from(png)
    bomb.writeUInt32BE(50_000, 16)
    bomb.writeUInt32BE(50_000, 20)
    expect((await pictureOf(bomb)).picture).toBeNull()
  })

  test.each([
    [1, 30, 50],
    [6, 50, 30],
  ])(
    'of a large photo it is the thumbnail of the camera, turned as the photo (%i)',
    async (turn, width, height) => {
      const large = Buffer.concat([jpegWithThumbnail(turn), Buffer.alloc(1024 * 1024)])
      const { picture } = await pictureOf(large, 'image/jpeg', 'x.jpg')
      expect(picture).toMatchObject({ width, height })
      const own = Buffer.from(picture?.base64 ?? '', 'base64')
      expect(own.subarray(-250)).toEqual(plainJpeg.subarray(-250))
      expect(own.byteLength).toBeLessThan(400)
      expect(
        (await pictureOf(Buffer.concat([plainJpeg, Buffer.alloc(1024 * 1024)]), 'image/jpeg', 'x.jpg'))
          .picture,
      ).toBeNull()
    },
  )

  test('a large file is not fetched, and one that is gone has none', async () => {
    const large = Buffer.concat([png, Buffer.alloc(1024 * 1024)])
    expect(await pictureOf(large)).toEqual({ picture: null, fetched: 0 })
    expect(await pictureOf(null)).toEqual({ picture: null, fetched: 0 })
  })
})

describe('measurePictures', () => {
  test('tells sizes from the beginnings of objects, and asks for nothing that is no picture by its name', async () => {
    const late = Buffer.concat([
      Buffer.from([0xff, 0xd8]),
      // A profile of 60 kB before the size.
      ...[0, 1].map(() => Buffer.concat([Buffer.from([0xff, 0xe2, 0x75, 0x30]), Buffer.alloc(0x752e)])),
      Buffer.from([0xff, 0xc0, 0, 11, 8, 0, 50, 0, 30, 1, 1, 0x11, 0]),
    ])
    const objects = new Map([
      ['/b/a.png', Buffer.concat([png, Buffer.alloc(100_000)])],
      ['/b/late.jpg', Buffer.concat([late, Buffer.alloc(900_000)])],
      ['/b/text.gif', Buffer.from('no picture')],
    ])
    const asked: string[] = []
    const server = await startScriptedServer((request, response) => {
      if (isHeadBucket(request)) return void response.writeHead(200).end()
      asked.push(`${request.url} ${request.headers.range}`)
      const bytes = objects.get(request.url ?? '')
      if (bytes === undefined) return void response.writeHead(404).end()
      const end = Number(/-(\d+)$/.exec(request.headers.range ?? '')?.[1]) + 1
      const part = bytes.subarray(0, end)
      response.writeHead(206, { 'content-length': part.length, etag: '"x"' }).end(part)
    })
    const session = testSession(server.endpoint)
    closers.push(
      () => session.destroy(),
      () => server.close(),
    )
    const open = () => Promise.resolve(session)
    const handlers = pictureHandlers({ open, forget: () => undefined, close: () => undefined })
    const keys = ['a.png', 'late.jpg', 'text.gif', 'gone.png', 'film.mp4']
    const size = { width: 30, height: 50 }
    expect(await handlers.measurePictures({ profileId: 'p', bucket: 'b', keys })).toEqual({
      sizes: [size, size, null, null, null],
    })
    expect(asked.filter((each) => each.includes('film'))).toEqual([])
    expect(asked.filter((each) => each.includes('late'))).toEqual([
      '/b/late.jpg bytes=0-32767',
      '/b/late.jpg bytes=0-524287',
    ])
  })
})
