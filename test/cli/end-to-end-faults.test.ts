import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { startGate } from '../s3/gate.ts'
import { endToEnd } from './end-to-end-scene.ts'
import { pailCommand, pailOn, runProgram } from './pail-process.ts'

endToEnd('end to end: pages, hostile names and what goes wrong', (scene) => {
  const { bucket, keysBelow, pail, sdk } = scene

  test('more than a page is listed whole, and a reader that leaves early is no crash', async () => {
    const folder = join(scene.directory, 'many')
    await mkdir(folder)
    const names = Array.from({ length: 1100 }, (_, index) => `f${String(index).padStart(4, '0')}`)
    for (const name of names) await writeFile(join(folder, name), name)
    const put = await pail(['put', folder, `s3://${bucket}/`, '--json'])
    expect(JSON.parse(put.out)).toMatchObject({ uploaded: 1100, failed: [] })
    expect(put.code).toBe(0)
    expect(await keysBelow('many/')).toEqual(names.map((name) => `many/${name}`))
    const lines = await pail(['ls', `s3://${bucket}/many/`])
    expect(lines.out.trimEnd().split('\n')).toHaveLength(1100)

    if (!existsSync('/bin/bash')) return
    const [program, file] = pailCommand()
    const piped = await runProgram(
      '/bin/bash',
      [
        '-c',
        '"$0" "$@" | head -n 1; echo "ended with ${PIPESTATUS[0]}"',
        program,
        file,
        'ls',
        `s3://${bucket}/many/`,
        '--endpoint-url',
        scene.server.endpoint,
      ],
      {
        environment: {
          AWS_ACCESS_KEY_ID: scene.server.accessKeyId,
          AWS_SECRET_ACCESS_KEY: scene.server.secretAccessKey,
        },
      },
    )
    expect(piped.err).toBe('')
    expect(piped.out).toMatch(/^ +5 .+ many\/f0000\nended with 0\n$/)
  })

  test('F40 a hostile key lands in the folder and nowhere else', async () => {
    const inner = join(scene.directory, 'hostile', 'inner')
    await mkdir(inner, { recursive: true })
    const client = sdk()
    const keys = ['evil/../../escaped.txt', 'evil//etc/absolute.txt', 'evil/..', 'evil/.bashrc\n']
    for (const Key of keys) await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Key }))
    client.destroy()
    for (const key of keys) {
      const got = await pail(['get', `s3://${bucket}/${key}`, '--json'], { directory: inner })
      expect(got.code, got.err).toBe(0)
      const { file } = JSON.parse(got.out)
      expect(dirname(file)).toBe(inner)
      expect(await readFile(file, 'utf8')).toBe(key)
    }
    expect(await readdir(inner)).toHaveLength(keys.length)
    expect(await readdir(join(scene.directory, 'hostile'))).toEqual(['inner'])
  })

  test('S27 an endpoint in the environment leads nowhere', async () => {
    const listed = await pail(['ls', `s3://${bucket}/v/`], {
      environment: { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9', AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
    })
    expect(listed.code).toBe(0)
  })

  test('wrong keys, a missing bucket and a missing object each have their code', async () => {
    const secret = await pail(['ls', `s3://${bucket}`], { environment: { AWS_SECRET_ACCESS_KEY: 'wrong' } })
    expect(secret.code).toBe(1)
    expect(secret.err).toContain('signature-mismatch')
    const key = await pail(['ls', `s3://${bucket}`], {
      environment: { AWS_ACCESS_KEY_ID: 'AKIANOBODYKNOWSIT000' },
    })
    expect(key.err).toContain('unknown-access-key')
    const noBucket = await pail(['ls', 's3://pail-cli-not-there-at-all', '--json'])
    expect(noBucket.code).toBe(1)
    expect(JSON.parse(noBucket.out)).toMatchObject({ error: { code: 'no-such-bucket' } })
    const noKey = await pail(['get', `s3://${bucket}/not-there`, 'x'])
    expect(noKey.code).toBe(1)
    expect(noKey.err).toContain('no-such-key')
    expect(existsSync(join(scene.directory, 'x'))).toBe(false)
    const noFile = await pail(['put', 'not-there', `s3://${bucket}/`])
    expect(noFile.code).toBe(1)
    expect((await pail(['rb', `s3://${bucket}`])).err).toContain('bucket-not-empty')
  })

  test('F46 Ctrl+C stops an upload, leaves neither an object nor parts, and ends with 130', async () => {
    await writeFile(join(scene.directory, 'huge.bin'), Buffer.alloc(20 * 1024 * 1024, 'x'))
    const client = sdk()
    const uploads = async () =>
      (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []
    let begun = 0
    let stop: (() => void) | undefined
    // No part arrives, so the upload is under way until it is stopped.
    const gate = await startGate(scene.server.endpoint, ({ method, url = '' }) => {
      if (method !== 'PUT' || !url.includes('partNumber=')) return 'pass'
      stop?.()
      // A second signal would not let it take anything back.
      stop = undefined
      return 'answered'
    })
    try {
      const stopped = await pailOn({ ...scene.server, endpoint: gate.endpoint }, scene.directory)(
        ['put', 'huge.bin', `s3://${bucket}/huge/`],
        {
          onStart(kill) {
            stop = () =>
              void uploads().then((found) => {
                begun = found.length
                kill('SIGINT')
              })
          },
        },
      )
      expect(begun).toBe(1)
      expect(stopped.err).toContain('interrupted')
      expect(stopped.code).toBe(130)
      expect(await keysBelow('huge/')).toEqual([])
      expect(await uploads()).toEqual([])
    } finally {
      await gate.close()
      for (const { Key, UploadId } of await uploads())
        await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }))
      client.destroy()
      await rm(join(scene.directory, 'huge.bin'))
    }
  })
})
