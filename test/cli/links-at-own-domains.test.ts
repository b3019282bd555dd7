import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { value } from '../backend/running-backend.ts'
import { saveProfile } from '../backend/saved-profile.ts'
import { type Edge, keyPair } from '../cdn/edge.ts'
import { printedLinks, startKnownEdge } from './printed-links.ts'
import { type RunningCommandLine, startCommandLine } from './running-command-line.ts'

const keyPairId = 'K2JCJMDEHXQW5F'
const { pem, publicKey } = keyPair('rsa')
/** Names that an address has to be written for. */
const names = ['a b+c.txt', 'naïve #1?.txt']
/** What a Markdown or an HTML page would end the address at. */
const picture = "it's (1)!.gif"
/** Of two by three pixels, as far as its header goes. */
const gif = Buffer.from('47494638396102000300', 'hex')

let line: RunningCommandLine
let site: Edge
let members: Edge

beforeAll(async () => {
  line = await startCommandLine()
  const { bucket, endpoint, credentials } = line
  const { api } = line.backend
  site = await startKnownEdge({ endpoint, ...credentials }, { bucket })
  site.isOpen = true
  members = await startKnownEdge({ endpoint, ...credentials }, { bucket, prefix: 'members/' })
  members.trust(keyPairId, publicKey)
  const profileId = await saveProfile(api, { endpoint, ...credentials })
  await value(api.setCloudFrontKey({ keyPairId, privateKey: pem, keepForSession: false }))
  const places = [
    { name: 'Site', visibility: 'public', baseUrl: site.origin },
    { name: 'Photos', visibility: 'public', baseUrl: site.origin, linkFormat: 'html' },
    { name: 'Papers', visibility: 'public', baseUrl: site.origin, linkFormat: 'markdown' },
    { name: 'Members', visibility: 'private', baseUrl: members.origin, stripPrefix: true, keyPairId },
  ] as const
  await line.write(Object.fromEntries(names.map((name) => [name, `what ${name} says`])))
  await writeFile(join(line.folder, picture), gif)
  const files = [...names, picture].map((name) => join(line.folder, name))
  for (const place of places) {
    const prefix = `${place.name.toLowerCase()}/`
    await value(
      api.createDestination({
        destination: {
          profileId,
          bucket,
          kind: 'media',
          prefix,
          cacheControl: null,
          onConflict: 'keep-both',
          linkExpirySeconds: 3600,
          ...place,
        },
      }),
    )
    expect(await line.run(['put', ...files, `s3://${bucket}/${prefix}`])).toMatchObject({ code: 0 })
  }
})
afterAll(async () => {
  await line.close()
  await site.close()
  await members.close()
})

/** Every link that is printed is fetched and proved by {@link startCommandLine}'s `run`. */
const link = (to: string, ...more: string[]) => line.run(['link', '--to', to, ...more], { variables: {} })

test('links of a public destination are at its own domain, and lead to the very bytes', async () => {
  const before = printedLinks.length
  const ran = await link('Site', ...names)
  expect(ran.code).toBe(0)
  expect(ran.out).toBe(`${site.origin}/site/a%20b%2Bc.txt\n${site.origin}/site/na%C3%AFve%20%231%3F.txt\n`)
  expect(printedLinks.slice(before).map(({ kind }) => kind)).toEqual(['custom-domain', 'custom-domain'])
  // What has an end or a name of its own is signed, which only the bucket's own address verifies.
  const signed = await link('Site', names[0]!, '--expires', '5m', '--download-as', 'ä.txt')
  expect(signed.code).toBe(0)
  expect(new URL(signed.out.trim()).origin).toBe(line.endpoint)
  expect(printedLinks.at(-1)?.kind).toBe('download-as')
})

test('links are printed in the format of their destination, and lead to the very bytes', async () => {
  const before = printedLinks.length
  const html = await link('Photos', picture)
  expect(html.out).toBe(
    `<img src="${site.origin}/photos/it&#39;s%20(1)!.gif" width="2" height="3" alt="it&#39;s (1)!">\n`,
  )
  const markdown = await link('Papers', picture)
  expect(markdown.out).toBe(`![it's (1)\\!](${site.origin}/papers/it's%20\\(1\\)!.gif)\n`)
  expect(printedLinks.slice(before).map(({ kind, url }) => [kind, url])).toEqual([
    ['custom-domain', `${site.origin}/photos/it's%20(1)!.gif`],
    ['custom-domain', `${site.origin}/papers/it's%20(1)!.gif`],
  ])
})

test('links of a private destination with a key pair are signed for its distribution', async () => {
  const before = printedLinks.length
  const ran = await link('Members', ...names, '--expires', '5m')
  expect(ran.code).toBe(0)
  const urls = ran.out.trimEnd().split('\n')
  expect(urls.map((url) => url.split('?')[0])).toEqual([
    `${members.origin}/a%20b%2Bc.txt`,
    `${members.origin}/na%C3%AFve%20%231%3F.txt`,
  ])
  const proved = printedLinks.slice(before)
  expect(proved.map(({ kind, url }) => [kind, url])).toEqual(urls.map((url) => ['cloudfront', url]))
  for (const { endsAtMs } of proved) expect(Math.abs(endsAtMs! - Date.now() - 300_000)).toBeLessThan(60_000)
})

test('a distribution that is open to everybody is found out by what proves the links', async () => {
  members.isOpen = true
  try {
    await expect(link('Members', names[0]!)).rejects.toThrow(/with no signature is answered with 200/)
  } finally {
    members.isOpen = false
  }
})
