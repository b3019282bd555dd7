import { expect } from 'playwright/test'
import { type ConnectProxy, startConnectProxy } from '../s3/connect-proxy.ts'
import { lookAt } from './accessible.ts'
import * as profiles from './profile-steps.ts'
import { filesBelow, hits, pageContent, spellings, watchFrames } from './secret-hunt.ts'
import { proxiedName, test } from './service.ts'
import * as window from './window-steps.ts'

const password = 'canaryProxyPassword/99887766554433'

test('S16 S17 a profile is given a proxy by the keyboard, and the test of the connection says that it goes through it', async ({
  host,
  service,
}) => {
  const proxy: ConnectProxy = await startConnectProxy()
  proxy.faults.wants = `jo:${password}`
  const frames = await watchFrames(host)
  const { page } = host
  await service.createBucket('website')
  const endpoint = `http://${proxiedName}:${new URL(service.endpoint).port}`

  const dialog = await profiles.openConnect(page)
  await profiles.fillConnection(dialog, { name: 'Office', endpoint })
  await dialog.getByLabel('Host name').fill(proxiedName)
  const advanced = dialog.getByText('Advanced', { exact: true })
  await advanced.focus()
  await page.keyboard.press('Enter')
  const choice = dialog.getByRole('combobox', { name: 'Proxy' })
  await choice.focus()
  await page.keyboard.press('Enter')
  const ours = page.getByRole('option', { name: 'At this address' })
  await expect(ours).toBeVisible()
  // The list hears keys only when it has the focus, some time after it is seen.
  await expect(async () => {
    await page.keyboard.press('End')
    await expect(ours).toHaveAttribute('data-highlighted', { timeout: 500 })
  }).toPass()
  await page.keyboard.press('Enter')
  await expect(choice).toContainText('At this address')

  await test.step('a wrong address is named where it stands', async () => {
    await page.keyboard.press('Tab')
    await page.keyboard.type('proxy.example.org')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog.getByText('It starts with http:// or https://', { exact: false })).toBeVisible()
    await lookAt(host, 'proxy-wrong-address')
  })

  const report = dialog.getByRole('region', { name: 'Connection test' })
  await dialog.getByLabel('Address of the proxy').fill(proxy.origin)
  await dialog.getByLabel('User name').fill('jo')
  await profiles.keepSecret(dialog, 'Test connection', report)
  await expect(report).toContainText('does not accept')
  await expect(report.getByText('Proxy', { exact: true })).toBeInViewport()
  await lookAt(host, 'proxy-refused')

  const word = dialog.getByLabel('Password of the proxy')
  await expect(word).toHaveAttribute('type', 'password')
  await word.fill(password)
  await profiles.keepSecret(dialog, 'Test connection', report)
  await expect(report).toContainText(`Requests go through ${proxy.origin}, as this profile says.`)
  await expect(report).toContainText('This profile can be used')
  await expect(word).toHaveValue('')
  await lookAt(host, 'proxy-works')
  const seen = await pageContent(page, 'the dialog')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()
  await window.openBucket(page, 'website')
  expect(proxy.requests.length).toBeGreaterThan(2)

  const secrets = [password, Buffer.from(`jo:${password}`).toString('base64')].flatMap(spellings)
  const crossed = await frames.read()
  expect(crossed.map(({ name }) => name)).toContain('setProxyPassword')
  expect(
    hits(
      [
        ...seen,
        ...(await filesBelow(host.userData)),
        { where: 'what the process printed', text: host.printed() },
        ...crossed.map(({ name, text }) => ({ where: `the answer of ${name}`, text })),
      ],
      secrets,
    ),
  ).toEqual([])
  expect(host.complaints).toEqual([])
  await proxy.close()
})
