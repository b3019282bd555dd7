import { expect, it } from 'vitest'
import { failure } from '../../src-preload/contract/failure.ts'
import type { ProfileProxy } from '../../src-preload/contract/profile.ts'
import { createProfileProxies } from '../../src-main/profiles/profile-proxies.ts'
import type { FindProxy } from '../../src-main/s3/find-proxy.ts'
import { createProfiles, input, typed } from './fixtures.ts'

const password = 'canary-proxy-password'
const proxy: ProfileProxy = { type: 'address', url: 'http://proxy.example.org:3128', userName: 'jo' }
const url = new URL('https://s3.example.org')
const authorized = (user: string, word: string) =>
  `Basic ${Buffer.from(`${user}:${word}`).toString('base64')}`

async function withProxy() {
  const parts = createProfiles()
  const { id } = await parts.store.create({ ...input, proxy })
  const find = (): FindProxy => {
    const found = parts.proxies.findProxyFor(parts.store.find(id))
    if (found === undefined) throw new Error('no proxy')
    return found
  }
  return { ...parts, id, find }
}

it('S19 the password is in the keychain, and neither in the settings nor in what the window sees', async () => {
  const { store, records, keychain, secrets, id, find } = await withProxy()
  expect((await store.describe(id)).proxyPasswordState).toBe('missing')
  const before = find()
  expect(await store.setProxyPassword(id, password, false)).toMatchObject({
    proxy,
    proxyPasswordState: 'ready',
  })
  expect(JSON.stringify([records.all(), await store.list()])).not.toContain(password)
  expect(await keychain.get(`proxy-${id}`)).toContain(password)
  expect(await find()(url)).toEqual({
    origin: 'http://proxy.example.org:3128',
    authorization: authorized('jo', password),
    saidBy: 'profile',
  })
  expect(secrets).toContain(password)
  // Another password is another way, and the same one the same.
  expect(find()).not.toBe(before)
  expect(find()).toBe(find())
})

it('the password is for the proxy and the user that it was entered for', async () => {
  const { store, keychain, id, find } = await withProxy()
  await store.setProxyPassword(id, password, false)
  const item = (await keychain.get(`proxy-${id}`)) ?? ''
  await store.update(id, { ...input, proxy: { ...proxy, url: 'http://other.example.org:3128' } })
  expect(await keychain.get(`proxy-${id}`)).toBeNull()
  // Nor where it could not be removed.
  await keychain.set(`proxy-${id}`, item)
  expect(await find()(url)).toMatchObject({ authorization: authorized('jo', '') })
  expect((await store.describe(id)).proxyPasswordState).toBe('missing')
  await store.update(id, { ...input, proxy: { ...proxy, userName: 'ann' } })
  await keychain.set(`proxy-${id}`, item)
  expect(await find()(url)).toMatchObject({ authorization: authorized('ann', '') })
})

it('S20 a keychain that is locked is said so, and asked again the next time', async () => {
  const { store, keychain, id } = await withProxy()
  await store.setProxyPassword(id, password, false)
  const later = createProfileProxies({ keychain, onSecret: () => undefined }).findProxyFor({ id, proxy })
  keychain.mode = 'locked'
  await expect(later?.(url)).rejects.toMatchObject({ error: { code: 'keychain-locked' } })
  keychain.mode = 'open'
  expect(await later?.(url)).toMatchObject({ authorization: authorized('jo', password) })
})

it('copies of a profile have it, too, and what is deleted leaves nothing', async () => {
  const { store, keychain, id } = await withProxy()
  await store.setSecret(id, typed, false)
  await store.setProxyPassword(id, password, false)
  const copy = await store.duplicate(id)
  expect(copy.proxyPasswordState).toBe('ready')
  keychain.mode = 'locked'
  await expect(store.remove(id)).rejects.toMatchObject({ error: { code: 'keychain-locked' } })
  keychain.mode = 'open'
  await store.remove(id)
  await store.remove(copy.id)
  expect(await keychain.list()).toEqual([])
  await keychain.set('proxy-gone', '{}')
  await keychain.set('proxy-another', '{}')
  await store.sweepOrphans(new Set(['gone']))
  expect(await keychain.list()).toEqual(['proxy-another'])
})

it('a copy that cannot have it is not made, and leaves nothing', async () => {
  const { store, records, keychain, id } = await withProxy()
  await store.setSecret(id, typed, false)
  await store.setProxyPassword(id, password, false)
  const { set } = keychain
  keychain.set = (account, value) =>
    account.startsWith('proxy-')
      ? Promise.reject(failure('keychain-timeout', 'It hangs.'))
      : set(account, value)
  await expect(store.duplicate(id)).rejects.toMatchObject({ error: { code: 'keychain-timeout' } })
  expect(records.all().map((each) => each.id)).toEqual([id])
  expect((await keychain.list()).toSorted()).toEqual([`profile-${id}`, `proxy-${id}`])
})

it('without a keychain it lasts for the session', async () => {
  const { store, keychain, id, find } = await withProxy()
  keychain.mode = 'unavailable'
  await expect(store.setProxyPassword(id, password, false)).rejects.toMatchObject({
    error: { code: 'keychain-unavailable' },
  })
  expect((await store.setProxyPassword(id, password, true)).proxyPasswordState).toBe('session')
  expect(await find()(url)).toMatchObject({ authorization: authorized('jo', password) })
})

it('what is no address of a proxy, or holds a password, is not saved', async () => {
  const { store, records } = createProfiles()
  const wrong: ProfileProxy[] = [
    { type: 'address', url: `http://jo:${password}@proxy.example.org` },
    { type: 'address', url: 'socks5://proxy.example.org:1080' },
    { type: 'address', url: 'proxy\u0000' },
    { type: 'address', url: 'http://169.254.169.254' },
    { type: 'address', url: 'http://proxy.example.org/path' },
    { type: 'address', url: 'http://proxy.example.org', userName: 'jo:hush' },
    { type: 'address', url: 'http://ann@proxy.example.org', userName: 'jo' },
  ]
  for (const each of wrong)
    await expect(store.create({ ...input, proxy: each })).rejects.toMatchObject({
      error: { code: 'invalid-argument', message: expect.not.stringContaining(password) },
    })
  expect(records.all()).toEqual([])
  const made = await store.create({
    ...input,
    proxy: { type: 'address', url: 'https://jo@Proxy.Example.org/' },
  })
  expect(made.proxy).toEqual({ type: 'address', url: 'https://proxy.example.org', userName: 'jo' })
  await expect(store.setProxyPassword((await store.create(input)).id, password, false)).rejects.toMatchObject(
    {
      error: { code: 'invalid-argument' },
    },
  )
})

it('none is none, and nothing said is what the system says; the command line’s word is before both', async () => {
  const { keychain } = createProfiles()
  const system: FindProxy = () => null
  const onSecret = () => undefined
  const usual = createProfileProxies({ keychain, onSecret, system })
  expect(usual.findProxyFor({ id: 'a' })).toBe(system)
  expect(usual.findProxyFor({ id: 'a', proxy: { type: 'none' } })).toBeUndefined()
  const none = createProfileProxies({ keychain, onSecret, system, instead: { type: 'none' } })
  expect(none.findProxyFor({ id: 'a', proxy })).toBeUndefined()
  expect(none.system).toBeUndefined()
  const instead: ProfileProxy = { type: 'address', url: 'http://ours:1', userName: 'ci' }
  const other = createProfileProxies({
    keychain,
    onSecret,
    system,
    instead,
    password: 'from-the-environment',
  })
  const expected = {
    origin: 'http://ours:1',
    authorization: authorized('ci', 'from-the-environment'),
    saidBy: 'command-line',
  }
  expect(await other.findProxyFor({ id: 'a', proxy: { type: 'none' } })?.(url)).toEqual(expected)
  expect(await other.system?.(url)).toEqual(expected)
})
