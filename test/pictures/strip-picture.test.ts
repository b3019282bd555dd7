import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { imageSize } from '../../src-main/pictures/image-size.ts'
import { readPieces } from '../../src-main/s3/file-pieces.ts'
import { identifyFile, openLocalSource } from '../../src-main/s3/local-source.ts'
import type { StrippedPicture } from '../../src-main/pictures/strip-picture.ts'
import { lookAtPictures } from '../../src-main/pictures/look-at-pictures.ts'
import { stripPicture, stripSource } from '../../src-main/pictures/strip-picture.ts'
import {
  exifWithPlace,
  phoneJpeg,
  placedGif,
  placedPng,
  placedWebp,
  plainJpeg,
  pngChunk,
  riffChunk,
  secretPlace,
  segment,
  strippedGif,
  strippedPhoneJpeg,
  strippedPng,
  strippedWebp,
  webp,
} from './made-pictures.ts'

/** A file in memory that counts what is read of it, and never hands out more than was asked for. */
function sourceOf(bytes: Buffer) {
  const reads: number[] = []
  return {
    reads,
    sizeBytes: bytes.byteLength,
    async read(buffer: Uint8Array, position: number) {
      if (position + buffer.byteLength > bytes.byteLength) throw new RangeError('beyond the end')
      reads.push(buffer.byteLength)
      bytes.copy(buffer, 0, position)
    },
  }
}

async function uploaded(bytes: Buffer, stripped: StrippedPicture): Promise<Buffer> {
  if (stripped.kind !== 'stripped') throw new Error(`not stripped but ${stripped.kind}`)
  const left = Buffer.alloc(stripped.sizeBytes)
  await readPieces(stripped.pieces, sourceOf(bytes).read, { buffer: left, position: 0 })
  return left
}

const strip = async (bytes: Buffer, name = 'a.bin') => stripSource(sourceOf(bytes), name)

const placed: readonly (readonly [string, Buffer, Buffer])[] = [
  ['JPEG', phoneJpeg(1), strippedPhoneJpeg(1)],
  ['turned JPEG', phoneJpeg(6, 'II'), strippedPhoneJpeg(6)],
  ['PNG', placedPng(), strippedPng()],
  ['turned PNG', placedPng(3), strippedPng(3)],
  ['WebP', placedWebp(), strippedWebp()],
  ['turned WebP', placedWebp(8), strippedWebp(8)],
  ['GIF', placedGif(), strippedGif()],
]

describe('metadata', () => {
  it.each(placed)(
    'of a %s goes, and picture, colours and turning stay byte for byte',
    async (_, bytes, left) => {
      expect(bytes.includes(secretPlace)).toBe(true)
      const stripped = await uploaded(bytes, await strip(bytes))
      expect(stripped.includes(secretPlace)).toBe(false)
      expect(stripped).toEqual(left)
      // What has none is left as it is, so that the same file is the same object every time.
      expect(await strip(stripped)).toEqual({ kind: 'whole' })
    },
  )

  it('a photo that was taken upright on its side still is shown upright', async () => {
    const turned = await uploaded(phoneJpeg(6), await strip(phoneJpeg(6)))
    expect(imageSize(turned)).toEqual({ width: 50, height: 30 })
    expect(imageSize(await uploaded(phoneJpeg(1), await strip(phoneJpeg(1))))).toEqual({
      width: 30,
      height: 50,
    })
  })

  it('a thumbnail in a JFIF header goes, too: it may show what was cut off', async () => {
    const head = Buffer.from('JFIF\0\x01\x01\0\0\x01\0\x01\x01\x01abc', 'latin1')
    const bytes = Buffer.concat([plainJpeg.subarray(0, 2), segment(0xe0, head), plainJpeg.subarray(20)])
    expect(await uploaded(bytes, await strip(bytes))).toEqual(plainJpeg)
  })

  it('behind what Adobe’s segment is for goes, too', async () => {
    const [adobe, more] = [
      segment(0xee, 'Adobe\0d\0\0\0\0\x01'),
      segment(0xee, `Adobe\0d\0\0\0\0\x01${secretPlace}`),
    ]
    const picture = (colours: Buffer) =>
      Buffer.concat([plainJpeg.subarray(0, 20), colours, plainJpeg.subarray(20)])
    expect(await uploaded(picture(more), await strip(picture(more)))).toEqual(picture(adobe))
    expect(await strip(picture(adobe))).toEqual({ kind: 'whole' })
  })

  it('between the scans of a progressive JPEG goes, and stuffing, restarts and filling are no markers', async () => {
    const scan = Buffer.concat([
      segment(0xda, 'scan'),
      Buffer.from([1, 0xff, 0, 2, 0xff, 0xd0, 3, 0xff, 0, 0xff]),
    ])
    const frame = segment(0xc2, 'frame')
    const end = Buffer.from([0xff, 0xff, 0xd9])
    const start = Buffer.from([0xff, 0xd8])
    // The last 0xff of the first scan is filling before the marker that follows.
    const bytes = Buffer.concat([
      start,
      frame,
      scan,
      segment(0xfe, secretPlace),
      scan,
      end,
      Buffer.from('more'),
    ])
    const left = Buffer.concat([start, frame, scan, scan, end])
    expect(await uploaded(bytes, await strip(bytes))).toEqual(left)
  })

  it('in the frames of an animated WebP is not taken apart, so it is refused', async () => {
    const head = riffChunk('VP8X', Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
    const frame = (...chunks: Buffer[]) => riffChunk('ANMF', Buffer.concat([Buffer.alloc(16), ...chunks]))
    const good = webp(head, riffChunk('ANIM', Buffer.alloc(6)), frame(riffChunk('VP8 ', 'abc')))
    expect(await strip(good)).toEqual({ kind: 'whole' })
    const bad = webp(head, frame(riffChunk('VP8 ', 'abc'), riffChunk('EXIF', exifWithPlace(1))))
    expect(await strip(bad)).toEqual({ kind: 'broken', format: 'WebP' })
  })

  it.each([
    ['a HEIC picture', Buffer.from('\0\0\0\x18ftypheic', 'latin1'), 'IMG_0001.jpg'],
    ['an AVIF picture', Buffer.from('\0\0\0\x18ftypavif', 'latin1'), 'a'],
    ['a video', Buffer.from('\0\0\0\x18ftypqt  ', 'latin1'), 'a.mov'],
    ['a video', Buffer.from('what nobody knows'), 'clip.MTS'],
    ['a TIFF picture or a raw photo', Buffer.from('II*\0\x08\0\0\0', 'latin1'), 'a.dng'],
    ['an SVG picture', Buffer.from('<?xml version="1.0"?>\n<svg xmlns="…"><desc>x</desc></svg>'), 'logo'],
  ])('of %s is not removed, which is said, whatever its name is', async (what, bytes, name) => {
    expect(await strip(bytes, name)).toEqual({ kind: 'unstrippable', what })
  })

  it('is nothing that other files have', async () => {
    for (const [text, name] of [
      ['', 'empty.jpg'],
      ['%PDF-1.7', 'a.pdf'],
      ['body { color: red }', 'a.css'],
      ['<!doctype html><p><svg width="1"></svg>', 'a.html'],
    ] as const)
      expect(await strip(Buffer.from(text), name)).toEqual({ kind: 'whole' })
  })
})

describe('a picture that is damaged or made to do harm', () => {
  it('is called broken wherever it is cut', async () => {
    for (const [, bytes, left] of placed) {
      // What follows the end is no part of it.
      const end = bytes.byteLength - (bytes.byteLength > left.byteLength ? secretPlace.length + 12 : 0)
      for (let length = 16; length < end - 16; length += 7)
        expect((await strip(bytes.subarray(0, length))).kind, `${length}`).toBe('broken')
    }
  })

  it('is taken as it is where a GIF lacks nothing but its last byte', async () => {
    expect(await strip(strippedGif().subarray(0, -1))).toEqual({ kind: 'whole' })
  })

  it('is called broken when only its name says that it is one', async () => {
    expect(await strip(Buffer.from('plain text'), 'photo.JPG')).toEqual({ kind: 'broken', format: 'JPEG' })
  })

  it.each([
    ['a JPEG without a picture', Buffer.concat([plainJpeg.subarray(0, 20), Buffer.from([0xff, 0xd9])])],
    [
      'a PNG without its header',
      Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), pngChunk('IDAT', 'a')]),
    ],
    [
      'a PNG that needs what nobody knows',
      Buffer.concat([strippedPng().subarray(0, 33), pngChunk('CgBI', 'abcd'), strippedPng().subarray(33)]),
    ],
    ['a WebP that is longer than its file', strippedWebp().subarray(0, -2)],
    ['a WebP without a picture', webp(riffChunk('EXIF', 'x'))],
    ['a GIF without a picture', Buffer.concat([strippedGif().subarray(0, 19), Buffer.from([0x3b])])],
  ])('%s is broken', async (_, bytes) => {
    expect((await strip(bytes)).kind).toBe('broken')
  })

  it('makes nothing throw, has no more bytes than it had, and is stripped once and for all', async () => {
    const files = placed.map(([, bytes]) => bytes)
    const damaged = fc
      .record({
        file: fc.constantFrom(...files),
        edits: fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { maxLength: 6 }),
        cut: fc.nat(600),
      })
      .map(({ file, edits, cut }) => {
        const bytes = Buffer.from(file.subarray(0, Math.max(8, file.byteLength - cut)))
        for (const { at, byte } of edits) bytes[at % bytes.byteLength] = byte
        return bytes
      })
    const noise = fc
      .tuple(
        fc.constantFrom('\xff\xd8\xff', '\x89PNG\r\n\x1a\n', 'RIFF\x20\0\0\0WEBP', 'GIF89a'),
        fc.uint8Array({ maxLength: 400 }),
      )
      .map(([magic, rest]) => Buffer.concat([Buffer.from(magic, 'latin1'), rest]))
    await fc.assert(
      fc.asyncProperty(fc.oneof(damaged, noise), async (bytes) => {
        const stripped = await strip(bytes)
        if (stripped.kind !== 'stripped') return
        const left = await uploaded(bytes, stripped)
        expect(left.byteLength).toBeLessThanOrEqual(bytes.byteLength + 64)
        // Stripping what was stripped changes nothing.
        expect((await strip(left)).kind).toBe('whole')
      }),
      { numRuns: 400 },
    )
  })

  it('does not keep the walk busy, nor the memory full', async () => {
    // More segments than a picture has, without anything in them.
    const empty = Buffer.concat([
      plainJpeg.subarray(0, 2),
      Buffer.alloc(1_100_000, Buffer.from([0xff, 0xfe, 0, 2])),
    ])
    expect((await strip(empty)).kind).toBe('broken')
    // Kept and dropped in turn.
    const turns = Buffer.concat([
      plainJpeg.subarray(0, 2),
      Buffer.alloc(100_000, Buffer.from([0xff, 0xfe, 0, 2, 0xff, 0xdb, 0, 2])),
    ])
    expect((await strip(turns)).kind).toBe('broken')
  })

  it('that is large is read through one small window', async () => {
    const coded = Buffer.alloc(12_000_000, 0x55)
    const [head, tail] = [phoneJpeg().subarray(0, -10), Buffer.from([0xff, 0xd9])]
    const scanAt = head.indexOf(Buffer.from([0xff, 0xda]))
    const bytes = Buffer.concat([head.subarray(0, scanAt + 14), coded, tail])
    const source = sourceOf(bytes)
    const stripped = await stripSource(source, 'large.jpg')
    expect(stripped).toMatchObject({ kind: 'stripped' })
    expect(Math.max(...source.reads)).toBeLessThan(128 * 1024)
  })
})

describe('a file on the disk', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pail-strip-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('stays as it is, and is read in any pieces as what is left of it', async () => {
    const path = join(folder, 'photo.jpg')
    await writeFile(path, phoneJpeg(6))
    const identity = await identifyFile(path)
    const picture = { name: 'photo.jpg', path, identity }
    const gone = { ...picture, path: `${path}.gone` }
    expect(await lookAtPictures([picture, gone])).toEqual([
      { kind: 'strippable', format: 'JPEG' },
      { kind: 'other' },
    ])
    const stripped = await stripPicture(picture)
    if (stripped.kind !== 'stripped') throw new Error(stripped.kind)
    const source = await openLocalSource(path, identity, stripped.pieces)
    const wanted = strippedPhoneJpeg(6)
    expect(source.sizeBytes).toBe(wanted.byteLength)
    await fc.assert(
      fc.asyncProperty(fc.nat(wanted.byteLength), fc.nat(wanted.byteLength), async (a, b) => {
        const buffer = Buffer.alloc(Math.abs(a - b))
        await source.read(buffer, Math.min(a, b))
        expect(buffer).toEqual(wanted.subarray(Math.min(a, b), Math.max(a, b)))
      }),
      { numRuns: 60 },
    )
    await expect(source.read(Buffer.alloc(2), wanted.byteLength - 1)).rejects.toThrow(RangeError)
    await source.close()
    expect(await readFile(path)).toEqual(phoneJpeg(6))
    expect(await identifyFile(path)).toEqual(identity)
  })

  it('that is not the one that was chosen is not answered for', async () => {
    const path = join(folder, 'other.png')
    await writeFile(path, placedPng())
    const identity = { ...(await identifyFile(path)), mtimeNs: 1n }
    await expect(stripPicture({ name: 'other.png', path, identity })).rejects.toMatchObject({
      error: { code: 'local-changed' },
    })
  })
})
