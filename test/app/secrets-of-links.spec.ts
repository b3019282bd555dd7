import { expect } from 'playwright/test'
import { keyPair } from '../cdn/edge.ts'
import { startKnownEdge } from './known-edge.ts'
import * as profiles from './profile-steps.ts'
import type { Searched } from './secret-hunt.ts'
import { filesBelow, hits, pageContent, pageHeap, spellings, watchFrames } from './secret-hunt.ts'
import { canary, test } from './service.ts'
import * as window from './window-steps.ts'

const bucket = 'website'
const keyPairId = 'K2JCJMDEHXQW5F'
const token = 'canaryCloudflareToken_0123456789abcdefghij'

test('S16 S41 of links shown, sent, asked for and ended, no signature and no key is in any file or log', async ({
  host,
  service,
}) => {
  const { page } = host
  const seen: Searched[] = []
  const look = async (where: string) => void seen.push(...(await pageContent(page, where)))
  const frames = await watchFrames(host)
  await service.createBucket(bucket)
  await service.put(bucket, 'in/price list.txt', 'private prices\n')
  await profiles.connect(host, { name: 'Website', endpoint: service.endpoint })
  await window.openBucket(page, bucket)
  await window.row(page, 'in').dblclick()
  const place = (name: string) =>
    page.getByRole('navigation', { name: 'Places' }).getByRole('button', { name: new RegExp(`^${name}`) })

  await test.step('a link as a QR code, on the clipboard and in a letter', async () => {
    await window.selectObject(page, 'price list')
    await window.inspector(page).getByRole('button', { name: 'Share link…' }).click()
    const share = page.getByRole('dialog', { name: 'Share price list.txt' })
    await expect(share.getByRole('img', { name: 'QR code of the link to price list.txt' })).toBeVisible()
    await share.getByRole('button', { name: 'Copy link' }).click()
    if (host.kind === 'electron') {
      await share.getByRole('button', { name: 'Send by mail…' }).click()
      // In a browser the letter is a link of the page for as long as the dialog is open.
      await look('the dialog with the QR code')
    }
    await expect
      .poll(() =>
        host.handedOut
          .links()
          .map(({ way }) => way)
          .toSorted(),
      )
      .toEqual(['clipboard', 'mail', 'qr'])
    await share.getByRole('button', { name: 'Close' }).last().click()
    await expect(share).toBeHidden()
    await look('the bucket after sharing')
  })

  await test.step('a link to upload with', async () => {
    await page.getByRole('button', { name: 'Upload', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Request an upload…' }).click()
    await page.getByLabel('File name').fill('from them.txt')
    await page.getByRole('button', { name: 'Make link' }).click()
    const made = page.getByRole('dialog', { name: 'The upload link is made' })
    // Here, too, the letter is a link of the page in a browser.
    if (host.kind === 'electron') await look('the dialog with the upload link')
    await made.getByRole('button', { name: 'Copy link' }).click()
    await expect.poll(() => host.clipboard()).toContain('from%20them.txt')
    await made.getByRole('button', { name: 'Copy curl command' }).click()
    await expect.poll(() => host.clipboard()).toContain('curl')
    await made.getByRole('button', { name: 'Done' }).click()
    await expect(made).toBeHidden()
  })

  const { pem, publicKey } = keyPair('rsa')
  const edge = await startKnownEdge(service, bucket)
  edge.trust(keyPairId, publicKey)
  await test.step('a key pair of CloudFront, and a link signed with it', async () => {
    await page.getByRole('button', { name: 'New destination' }).click()
    await page.getByRole('menuitem', { name: 'Private media' }).click()
    const rules = page.getByRole('dialog', { name: 'New destination' })
    await rules.getByLabel('Folder in the bucket').fill('in/')
    await rules.getByLabel('Public base URL').fill(edge.origin)
    await rules.getByText('Links signed for CloudFront').click()
    await rules.getByLabel('Key pair ID').fill(keyPairId)
    await rules.getByLabel('Private key', { exact: true }).fill(pem)
    await profiles.keepSecret(
      rules,
      'Create destination',
      page.getByRole('button', { name: 'Edit destination' }),
    )
    await expect(rules).toBeHidden()
    await page.getByRole('grid', { name: 'Media' }).getByRole('row').filter({ hasText: 'price list' }).click()
    await window.inspector(page).getByRole('button', { name: 'Copy link' }).click()
    await expect.poll(() => host.clipboard()).toContain(`Key-Pair-Id=${keyPairId}`)
    await page.getByRole('button', { name: 'Edit destination' }).click()
    const edited = page.getByRole('dialog', { name: 'Edit destination' })
    await expect(edited.getByLabel('Key pair ID')).toHaveValue(keyPairId)
    await look('the destination with its key pair')
    await page.keyboard.press('Escape')
    await expect(edited).toBeHidden()
    await edge.close()
  })

  await test.step('all links of the object ended, and the list of links', async () => {
    await place('Links').click()
    const ledger = page.getByRole('grid', { name: 'Links' })
    await expect(ledger.getByRole('row').filter({ hasText: 'from them' })).toContainText('Upload link')
    await look('the list of links')
    await ledger.getByRole('row').filter({ hasText: 'price list' }).first().click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'End all links to it…' }).click()
    const ending = page.getByRole('dialog', { name: /^End all links to price list/ })
    await expect(ending).toContainText('2 live links to it are known')
    await look('the question before links end')
    for (const { url, object, kind } of host.handedOut.links())
      if (object.key === 'in/price list.txt' && kind === 'presigned') host.handedOut.expectGone(url, 404)
    await ending.getByRole('button', { name: 'Move and end links' }).click()
    await expect(page.getByText('A link to the old key is refused now (404).')).toBeVisible()
    await look('the list of links after their end')
  })

  await test.step('a token of Cloudflare in a profile', async () => {
    // A service of the test's own in place of R2: nothing goes to the network.
    await page.evaluate(async (endpoint) => {
      const made = await globalThis.window.api.createProfile({
        profile: {
          name: 'Pictures',
          provider: 'r2',
          endpoint,
          colour: 'teal',
          region: 'us-east-1',
          addressing: 'path',
          checksums: 'when-required',
          bucketNames: [],
          insecureConsent: null,
        },
      })
      if (!made.ok) throw new Error(made.error.message)
    }, service.endpoint)
    await page.reload()
    await profiles.chooseInProfileMenu(page, 'Pictures')
    await profiles.chooseInProfileMenu(page, 'Edit profile…')
    const edit = page.getByRole('dialog', { name: 'Edit profile' })
    await edit.getByLabel('Cloudflare API token (optional)').fill(token)
    await profiles.keepSecret(edit, 'Save', profiles.profileButton(page, 'Pictures'))
    await expect(edit).toBeHidden()
    await profiles.chooseInProfileMenu(page, 'Edit profile…')
    await expect(edit.getByRole('button', { name: 'Remove the token' })).toBeVisible()
    await look('the profile with its token')
    await page.keyboard.press('Escape')
    await expect(edit).toBeHidden()
  })

  const heap = host.kind === 'electron' ? await pageHeap(page) : null
  const crossed = await frames.read()
  const handedOut = host.handedOut.links()
  await host.restart()
  await expect(host.page.getByRole('button', { name: /^Profile: / })).toBeVisible()
  seen.push(...(await pageContent(host.page, 'the window after a restart')))
  // The window keeps nothing by itself: no database, no cache, no cookie.
  for (const { where, text } of seen)
    if (where.endsWith(': stored')) expect([where, text]).toEqual([where, '[[],[],""]'])
  const files = await filesBelow(host.userData)
  const signatures = handedOut.flatMap(({ url }) => {
    const { searchParams } = new URL(url)
    return searchParams.get('X-Amz-Signature') ?? searchParams.get('Signature') ?? []
  })

  await test.step('the search finds what is there', async () => {
    expect(new Set(handedOut.map(({ kind }) => kind))).toEqual(new Set(['presigned', 'upload', 'cloudfront']))
    expect(new Set(signatures).size).toBeGreaterThanOrEqual(3)
    expect(files.map(({ where }) => where.split('/').at(-1))).toEqual(
      expect.arrayContaining(['links.jsonl', 'settings.json']),
    )
    expect(hits(files, ['in/price list.txt', keyPairId]).length).toBeGreaterThanOrEqual(2)
    expect(hits(seen, ['price list.txt', keyPairId])).not.toEqual([])
    expect(crossed.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['createLink', 'createUploadRequest', 'applyRevocation', 'createDestination']),
    )
  })

  const everywhere: Searched[] = [
    ...seen,
    ...files,
    { where: 'what the process printed', text: host.printed() },
    { where: 'what the page complained of', text: host.complaints.join('\n') },
    ...crossed.map(({ name, text }) => ({ where: `the answer of ${name}`, text })),
    ...(heap === null ? [] : [heap]),
  ]
  // Any line of a private key is as secret as the whole.
  const ofKey = pem.split('\n').filter((line) => line.length > 40)
  expect(ofKey.length).toBeGreaterThan(20)
  const secrets = [canary.secretAccessKey, token, ofKey[5]!, ofKey[12]!].flatMap(spellings)
  expect(hits(everywhere, secrets)).toEqual([])
  // A link crosses once, to the window that asked for it; nothing keeps or shows it.
  const passing = new Set(
    ['createLink', 'copyLinks', 'createUploadRequest'].map((name) => `the answer of ${name}`),
  )
  const kept = everywhere.filter(({ where }) => !passing.has(where) && where !== heap?.where)
  expect(hits(kept, signatures.flatMap(spellings))).toEqual([])
  expect(hits(kept, ['X-Amz-Signature', 'X-Amz-Credential', ...spellings(canary.accessKeyId)])).toEqual([])
})
