import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { largePhoneJpeg, secretPlace } from '../pictures/made-pictures.ts'
import { digest, gate, isPart, startQueueScene, type QueueScene } from './queue-scene.ts'
import { partBytes } from './small-sizes.ts'

const parts = 24
let scene: QueueScene
beforeAll(async () => {
  scene = await startQueueScene()
})
afterAll(() => scene.close())

/** Everything that comes through on the way to a server, byte by byte. */
async function startTap(target: string) {
  const { hostname, port } = new URL(target)
  const sent: Buffer[] = []
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => (near.destroy(), far.destroy()))
    }
    near.on('data', (chunk: Buffer) => sent.push(chunk))
    near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: () => Buffer.concat(sent),
    close() {
      sockets.forEach((socket) => socket.destroy())
      server.close()
    },
  }
}

it('F27 killed three times at random, a picture arrives without its metadata, and nothing of them was ever sent', async () => {
  const { whole, stripped } = largePhoneJpeg(parts * partBytes)
  const files = [await scene.write('beach.jpg', whole)]
  const tap = await startTap(scene.endpoint)
  try {
    const run = async (killAfter: number | null) => {
      const held = gate(isPart, killAfter ?? Number.POSITIVE_INFINITY)
      scene.script = held.script
      const job = { endpoint: tap.endpoint, files, strips: true, prefix: 'stripped/' }
      const output = await scene.runProcess(job, async (send) => {
        if (killAfter === null) return
        await held.until(1)
        send('SIGKILL')
      })
      held.open('cut')
      return output
    }
    for (let kill = 0; kill < 3; kill++)
      expect(await run(1 + Math.floor(Math.random() * 6))).not.toContain('ended')
    expect(await run(null)).toMatch(/ended 1 0\n$/)
    expect(scene.count('CreateMultipartUpload')).toBe(1)
    expect(scene.count('UploadPart')).toBeLessThanOrEqual(Math.ceil(stripped.byteLength / partBytes) + 3 * 4)
    expect(await scene.contentOf('stripped/beach.jpg')).toBe(digest(stripped))
    expect(await scene.openUploads()).toBe(0)
    // The tap does hear what is sent, and the place is in the file that stayed as it was.
    const sent = tap.sent()
    expect(sent.includes(stripped.subarray(2000, 2000 + partBytes / 2))).toBe(true)
    expect(whole.includes(secretPlace)).toBe(true)
    expect(sent.includes(secretPlace)).toBe(false)
    expect((await readFile(join(scene.folder, 'files', 'beach.jpg'))).equals(whole)).toBe(true)
  } finally {
    tap.close()
  }
}, 120_000)

it('F36 a picture that was edited between a kill and the next start is sent as it is now, without its metadata', async () => {
  await scene.reset()
  const before = largePhoneJpeg(parts * partBytes)
  const files = [await scene.write('edited.jpg', before.whole)]
  const tap = await startTap(scene.endpoint)
  try {
    const job = { endpoint: tap.endpoint, files, strips: true, prefix: 'stripped/' }
    const held = gate(isPart, 3)
    scene.script = held.script
    await scene.runProcess(job, async (send) => {
      await held.until(1)
      send('SIGKILL')
    })
    held.open('cut')
    scene.script = () => null
    const after = largePhoneJpeg(parts * partBytes + 4 * (1 + (randomBytes(1)[0] ?? 0)))
    await scene.write('edited.jpg', after.whole)
    expect(await scene.runProcess(job)).toMatch(/ended 1 0\n$/)
    expect(await scene.contentOf('stripped/edited.jpg')).toBe(digest(after.stripped))
    expect(await scene.openUploads()).toBe(0)
    expect(tap.sent().includes(secretPlace)).toBe(false)
  } finally {
    tap.close()
  }
}, 120_000)
